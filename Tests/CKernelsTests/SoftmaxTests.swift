import CKernels
import Foundation
import Testing

@Suite struct SoftmaxTests {
    private typealias Kernel = @Sendable (UnsafeMutablePointer<Float>, Float, Int, Int) -> Void
    private static let kernels: [Kernel] = [
        { pk_softmax($0, $1, $2, $3) }, { pk_softmax_portable($0, $1, $2, $3) },
    ]

    private static func reference(_ x: [Float], scale: Float, columns: Int) -> [Double] {
        stride(from: 0, to: x.count, by: max(1, columns)).flatMap { start in
            let row = x[start..<start + columns].map { Double($0 * scale) }
            let top = row.max() ?? 0
            let powers = row.map { exp($0 - top) }
            let sum = powers.reduce(0, +)
            return powers.map { $0 / sum }
        }
    }

    @Test(arguments: Shape.all, [Float(1), 0.176_776_7, 25])
    func agreesWithDoubles(_ shape: Shape, scale: Float) {
        var random = SeededGenerator(3)
        let x = random.floats(shape.count, in: -8...8)
        let expected = Self.reference(x, scale: scale, columns: shape.columns)
        for kernel in Self.kernels {
            var values = x
            kernel(&values, scale, shape.rows, shape.columns)
            #expect(largestDifference(values, expected) < 1e-6)
        }
    }

    @Test(arguments: [1, 7, 8, 9, 33])
    func largeInputsNeitherOverflowNorVanish(columns: Int) {
        var random = SeededGenerator(4)
        for magnitude: Float in [100, 1e4, 1e30] {
            let x = random.floats(columns, in: -magnitude...magnitude)
            for kernel in Self.kernels {
                var values = x
                kernel(&values, 1, 1, columns)
                #expect(largestDifference(values, Self.reference(x, scale: 1, columns: columns)) < 1e-6)
            }
        }
        for constant: Float in [-1e38, -500, 0, 500, 1e38] {
            for kernel in Self.kernels {
                var values = [Float](repeating: constant, count: columns)
                kernel(&values, 1, 1, columns)
                #expect(values.allSatisfy { abs($0 - 1 / Float(columns)) < 1e-6 })
            }
        }
    }

    @Test(arguments: [9, 16, 20])
    func masksByMinusInfinityAndKeepsNaN(columns: Int) {
        var random = SeededGenerator(5)
        for masked in [0, 3, columns - 1] {
            var x = random.floats(columns)
            x[masked] = -.infinity
            let expected = Self.reference(x, scale: 1, columns: columns)
            for kernel in Self.kernels {
                var values = x
                kernel(&values, 1, 1, columns)
                #expect(values[masked] < 1e-36)
                #expect(largestDifference(values, expected) < 1e-6)
            }
            x[masked] = .nan
            for kernel in Self.kernels {
                var values = x
                kernel(&values, 1, 1, columns)
                #expect(values.allSatisfy { $0.isNaN }, "a NaN must not turn into a plausible weight")
            }
        }
    }
}
