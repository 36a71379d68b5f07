import CKernels
import Testing

@Suite struct LayerNormTests {
    private static func reference(
        _ x: [Float], bias: [Float]?, residual: [Float]?, gain: [Float], shift: [Float], epsilon: Float, columns: Int
    ) -> [Double] {
        stride(from: 0, to: x.count, by: max(1, columns)).flatMap { start in
            let row = (0..<columns).map {
                Double(x[start + $0]) + Double(bias?[$0] ?? 0) + Double(residual?[start + $0] ?? 0)
            }
            let mean = row.reduce(0, +) / Double(columns)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
            return (0..<columns).map {
                (row[$0] - mean) / (variance + Double(epsilon)).squareRoot() * Double(gain[$0]) + Double(shift[$0])
            }
        }
    }

    @Test(arguments: Shape.all, [0, 1, 2, 3])
    func agreesWithDoubles(_ shape: Shape, parts: Int) {
        var random = SeededGenerator(6)
        let x = random.floats(shape.count)
        let bias = parts & 1 == 0 ? nil : random.floats(shape.columns)
        let residual = parts & 2 == 0 ? nil : random.floats(shape.count)
        let (gain, shift) = (random.floats(shape.columns), random.floats(shape.columns))
        // A column or two can be nearly equal, and their quotient as large as epsilon allows.
        let epsilon: Float = shape.columns < 4 ? 0.1 : 1e-12
        let expected = Self.reference(
            x, bias: bias, residual: residual, gain: gain, shift: shift, epsilon: epsilon, columns: shape.columns)
        var vector = x
        var portable = x
        Self.optional(bias) { bias in
            Self.optional(residual) { residual in
                pk_bias_residual_layer_norm(
                    &vector, bias, residual, gain, shift, epsilon, shape.rows, shape.columns)
                pk_bias_residual_layer_norm_portable(
                    &portable, bias, residual, gain, shift, epsilon, shape.rows, shape.columns)
            }
        }
        #expect(largestDifference(vector, expected) < 2e-5)
        #expect(largestDifference(portable, expected) < 2e-5)
    }

    private static func optional(_ values: [Float]?, _ body: (UnsafePointer<Float>?) -> Void) {
        guard let values else { return body(nil) }
        values.withUnsafeBufferPointer { body($0.baseAddress) }
    }

    @Test func rowsWithALargeMeanKeepTheirVariance() {
        var random = SeededGenerator(7)
        let columns = 387
        let x = random.floats(columns, in: 4095...4097)
        let (gain, shift) = ([Float](repeating: 1, count: columns), [Float](repeating: 0, count: columns))
        let expected = Self.reference(
            x, bias: nil, residual: nil, gain: gain, shift: shift, epsilon: 1e-12, columns: columns)
        var vector = x
        pk_bias_residual_layer_norm(&vector, nil, nil, gain, shift, 1e-12, 1, columns)
        // One unit in the last place of the mean, 2^-11, against a deviation of 0.58.
        #expect(largestDifference(vector, expected) < 2e-3)
    }

    @Test func aConstantRowBecomesTheShift() {
        for columns in [1, 8, 13] {
            let shift = (0..<columns).map(Float.init)
            var values = [Float](repeating: 2.5, count: columns)
            pk_bias_residual_layer_norm(
                &values, nil, nil, [Float](repeating: 3, count: columns), shift, 1e-12, 1, columns)
            #expect(values == shift)
        }
    }
}
