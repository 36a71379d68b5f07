import CKernels
import Testing

@Suite struct LayerNormTests {
    private static func reference(
        _ x: [Float], gain: [Float], shift: [Float], epsilon: Float, columns: Int
    ) -> [Double] {
        stride(from: 0, to: x.count, by: max(1, columns)).flatMap { start in
            let row = (0..<columns).map { Double(x[start + $0]) }
            let mean = row.reduce(0, +) / Double(columns)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
            return (0..<columns).map {
                (row[$0] - mean) / (variance + Double(epsilon)).squareRoot() * Double(gain[$0]) + Double(shift[$0])
            }
        }
    }

    @Test(arguments: Shape.all, ProductTests.levels)
    func agreesWithDoubles(_ shape: Shape, level: Int32) {
        var random = SeededGenerator(6)
        let x = random.floats(shape.count)
        let (gain, shift) = (random.floats(shape.columns), random.floats(shape.columns))
        // A column or two can be nearly equal, and their quotient as large as epsilon allows.
        let epsilon: Float = shape.columns < 4 ? 0.1 : 1e-12
        let expected = Self.reference(x, gain: gain, shift: shift, epsilon: epsilon, columns: shape.columns)
        var form = x
        pk_layer_norm(level, &form, gain, shift, epsilon, shape.rows, shape.columns)
        #expect(largestDifference(form, expected) < 2e-5)
    }

    @Test(arguments: ProductTests.levels)
    func rowsWithALargeMeanKeepTheirVariance(level: Int32) {
        var random = SeededGenerator(7)
        let columns = 387
        let x = random.floats(columns, in: 4095...4097)
        let (gain, shift) = ([Float](repeating: 1, count: columns), [Float](repeating: 0, count: columns))
        let expected = Self.reference(x, gain: gain, shift: shift, epsilon: 1e-12, columns: columns)
        var form = x
        pk_layer_norm(level, &form, gain, shift, 1e-12, 1, columns)
        // One unit in the last place of the mean, 2^-11, against a deviation of 0.58.
        #expect(largestDifference(form, expected) < 2e-3)
    }

    @Test(arguments: ProductTests.levels)
    func aConstantRowBecomesTheShift(level: Int32) {
        for columns in [1, 8, 13] {
            let shift = (0..<columns).map(Float.init)
            var values = [Float](repeating: 2.5, count: columns)
            pk_layer_norm(level, &values, [Float](repeating: 3, count: columns), shift, 1e-12, 1, columns)
            #expect(values == shift)
        }
    }
}
