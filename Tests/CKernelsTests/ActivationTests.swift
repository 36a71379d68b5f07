import CKernels
import Foundation
import Testing

@Suite struct ActivationTests {
    private static let grid: [Float] = stride(from: Float(-12), through: 12, by: 1 / 512).map { $0 }

    private static func gelu(_ x: Float) -> Double { 0.5 * Double(x) * (1 + erf(Double(x) / 2.0.squareRoot())) }

    @Test(arguments: Shape.all)
    func vectorAndPortableGeluAgreeWithDoubles(_ shape: Shape) {
        var random = SeededGenerator(1)
        let x = random.floats(shape.count)
        let bias = random.floats(shape.columns)
        var vector = x
        var portable = x
        pk_bias_gelu(&vector, bias, shape.rows, shape.columns)
        pk_bias_gelu_portable(&portable, bias, shape.rows, shape.columns)
        let expected = x.indices.map { Self.gelu(x[$0] + bias[$0 % shape.columns]) }
        #expect(largestDifference(vector, expected) < 1e-6)
        #expect(largestDifference(portable, expected) < 1e-6)
    }

    /// `gelu(x) = x/2 · (1 + erf(x/√2))`, so an error of `erf` shows as its half times `x`.
    @Test func errorFunctionIsGoodToOneInAMillion() {
        var values = Self.grid
        pk_bias_gelu(&values, [Float](repeating: 0, count: values.count), 1, values.count)
        for (x, value) in zip(Self.grid, values) where abs(x) > 1e-3 {
            let erfError = abs(Double(value) - Self.gelu(x)) / abs(Double(x) / 2)
            #expect(erfError < 1e-6, "gelu(\(x)) = \(value)")
        }
    }

    @Test func geluOfExtremes() {
        let x: [Float] = [1e30, 1000, 88, -1e3, -1e30, .infinity, .nan, 0, -0.0, .leastNonzeroMagnitude]
        let zero = [Float](repeating: 0, count: x.count)
        var vector = x
        var portable = x
        pk_bias_gelu(&vector, zero, 1, x.count)
        pk_bias_gelu_portable(&portable, zero, 1, x.count)
        for values in [vector, portable] {
            #expect(values[0] == 1e30)
            #expect(values[1] == 1000)
            #expect(values[2] == 88)
            #expect(values[3] == 0)
            #expect(values[4] == 0)
            #expect(values[5] == .infinity)
            #expect(values[6].isNaN)
            #expect(values[7] == 0 && values[8] == 0)
            #expect(abs(values[9]) <= .leastNonzeroMagnitude)
        }
    }

    @Test(arguments: Shape.all)
    func otherActivationsAgreeWithDoubles(_ shape: Shape) {
        var random = SeededGenerator(2)
        let x = random.floats(shape.count, in: -6...6)
        let bias = random.floats(shape.columns)
        let sums = x.indices.map { x[$0] + bias[$0 % shape.columns] }
        func check(
            _ tolerance: Double, _ kernel: (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int, Int) -> Void,
            _ reference: (Double) -> Double
        ) {
            var values = x
            values.withUnsafeMutableBufferPointer { values in
                bias.withUnsafeBufferPointer { bias in
                    guard let values = values.baseAddress, let bias = bias.baseAddress else { return }
                    kernel(values, bias, shape.rows, shape.columns)
                }
            }
            #expect(largestDifference(values, sums.map { reference(Double($0)) }) <= tolerance)
        }
        check(0, pk_bias) { $0 }
        check(0, pk_bias_relu) { max(0, $0) }
        check(1e-6, pk_bias_tanh) { tanh($0) }
        check(2e-6, pk_bias_gelu_tanh) {
            0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)))
        }
    }

    @Test func approximatedGeluOfExtremes() {
        var values: [Float] = [1e30, -1e30, 50, -50]
        pk_bias_gelu_tanh(&values, [0, 0, 0, 0], 1, 4)
        #expect(values == [1e30, 0, 50, 0])
    }
}
