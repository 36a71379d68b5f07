import LinearAlgebra
import Testing

@Suite struct BLASTests {
    /// m, k and n of a product.
    static let shapes: [[Int]] = [
        [1, 1, 1], [2, 3, 5], [7, 8, 9], [16, 33, 31], [33, 64, 48], [5, 384, 17], [1, 96, 1],
    ]

    private static func naive(_ a: [Float], _ b: [Float], _ m: Int, _ k: Int, _ n: Int, transposed: Bool) -> [Float] {
        (0..<m * n).map { index in
            let (row, column) = (index / n, index % n)
            let sum = (0..<k).reduce(0.0) {
                $0 + Double(a[row * k + $1]) * Double(transposed ? b[column * k + $1] : b[$1 * n + column])
            }
            return Float(sum)
        }
    }

    @Test(arguments: shapes, [false, true])
    func productsAgreeWithTheDefinition(_ shape: [Int], transposed: Bool) {
        let (m, k, n) = (shape[0], shape[1], shape[2])
        var random = SeededGenerator(1)
        let (a, b) = (random.floats(m * k), random.floats(k * n))
        let product = Matrix(rows: m, columns: n, [Float](repeating: .nan, count: m * n))
        let right = transposed ? Matrix(rows: n, columns: k, b) : Matrix(rows: k, columns: n, b)
        BLAS.multiply(
            BLAS.View(Matrix(rows: m, columns: k, a)), BLAS.View(right), transposed: transposed,
            into: BLAS.View(product))
        let expected = Self.naive(a, b, m, k, n, transposed: transposed)
        for (value, wanted) in zip(product.elements, expected) {
            #expect(abs(value - wanted) < 1e-5 * Float(k) + 1e-5)
        }
    }

    @Test func stridedViewsTouchOnlyTheirRectangle() {
        var random = SeededGenerator(2)
        let a = Matrix(rows: 4, columns: 10, random.floats(40))
        let b = Matrix(rows: 3, columns: 10, random.floats(30))
        let c = Matrix(rows: 4, columns: 9, [Float](repeating: 7, count: 36))
        BLAS.multiply(
            BLAS.View(a.pointer + 2, rows: 4, columns: 5, stride: 10),
            BLAS.View(b.pointer + 4, rows: 3, columns: 5, stride: 10), transposed: true,
            into: BLAS.View(c.pointer + 3, rows: 4, columns: 3, stride: 9))
        for row in 0..<4 {
            for column in 0..<9 {
                guard (3..<6).contains(column) else {
                    #expect(c.row(row)[column] == 7)
                    continue
                }
                let wanted = (0..<5).reduce(Float(0)) { $0 + a.row(row)[2 + $1] * b.row(column - 3)[4 + $1] }
                #expect(abs(c.row(row)[column] - wanted) < 1e-4)
            }
        }
    }

    @Test func emptyProductsAreNothingOrZero() {
        let nothing = Matrix(rows: 0, columns: 4)
        BLAS.multiply(
            BLAS.View(Matrix(rows: 0, columns: 3)), BLAS.View(Matrix(rows: 3, columns: 4)), into: BLAS.View(nothing))
        #expect(nothing.count == 0)
        let zero = Matrix(rows: 2, columns: 2, [1, 2, 3, 4])
        BLAS.multiply(
            BLAS.View(Matrix(rows: 2, columns: 0)), BLAS.View(Matrix(rows: 0, columns: 2)), into: BLAS.View(zero))
        #expect(zero.elements == [0, 0, 0, 0], "a sum over nothing is 0")
    }

    @Test func saysWhatItRunsOn() {
        #expect(!BLAS.kernels.isEmpty)
        #expect(BLAS.version.contains("OpenBLAS"))
    }

    @Test func concurrentProductsDoNotDisturbEachOther() {
        var random = SeededGenerator(3)
        let a = Matrix(rows: 40, columns: 70, random.floats(2800))
        let b = Matrix(rows: 50, columns: 70, random.floats(3500))
        let expected = Matrix(rows: 40, columns: 50)
        BLAS.multiply(BLAS.View(a), BLAS.View(b), transposed: true, into: BLAS.View(expected))
        let results = (0..<64).map { _ in Matrix(rows: 40, columns: 50) }
        WorkerTeam(size: 4).perform(tasks: results.count) { number in
            BLAS.multiply(BLAS.View(a), BLAS.View(b), transposed: true, into: BLAS.View(results[number]))
        }
        for result in results { #expect(result.elements == expected.elements) }
    }
}
