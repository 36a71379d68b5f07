import LinearAlgebra
import Testing

@Suite struct DenseLayerTests {
    /// Inputs of very different sizes around means of their own, as behind a layer normalisation.
    private static func inputs(_ rows: Int, _ columns: Int, _ random: inout SeededGenerator) -> Matrix {
        let x = Matrix(rows: rows, columns: columns, random.floats(rows * columns))
        for row in 0..<rows {
            for column in 0..<columns { x.row(row)[column] *= column % 40 == 3 ? 20 : 1 }
        }
        return x
    }

    private static func error(_ y: Matrix, _ wanted: Matrix) -> Float {
        let squares = zip(y.elements, wanted.elements).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return (squares / wanted.elements.reduce(Float(0)) { $0 + $1 * $1 }).squareRoot()
    }

    @Test(arguments: [(5, 7, 3), (17, 64, 33), (40, 384, 96)])
    func everyPrecisionComputesTheLayer(rows: Int, inputs: Int, outputs: Int) {
        var random = SeededGenerator(31)
        let x = Self.inputs(rows, inputs, &random)
        let weight = Matrix(rows: outputs, columns: inputs, random.floats(outputs * inputs))
        let bias = Matrix(rows: 1, columns: outputs, random.floats(outputs))
        let expected = Matrix(rows: rows, columns: outputs)
        BLAS.multiply(BLAS.View(x), BLAS.View(weight), transposed: true, into: BLAS.View(expected))
        for row in 0..<rows {
            for output in 0..<outputs { expected.row(row)[output] += bias.row(0)[output] }
        }
        let limits: [Precision: Float] = [.fp32: 1e-5, .bf16: 0.01, .int8: 0.02, .int4: 0.1]
        for precision in Precision.allCases {
            let layer = DenseLayer(weight: weight, bias: bias, precision: precision)
            #expect(layer.takesPreparedRows == (precision != .fp32))
            #expect(Self.error(layer(x), expected) < limits[precision] ?? 0)
        }
    }

    @Test func expectationsMakeBytesMoreExact() {
        var random = SeededGenerator(32)
        let (rows, inputs, outputs) = (64, 256, 64)
        let x = Self.inputs(rows, inputs, &random)
        let weight = Matrix(rows: outputs, columns: inputs, random.floats(outputs * inputs))
        let exact = DenseLayer(weight: weight, bias: nil)(x)
        let blind = DenseLayer(weight: weight, bias: nil, precision: .int8)(x)
        let sizes = (0..<inputs).map { Float($0 % 40 == 3 ? 60 : 3) }
        let known = ExpectedInputs(means: [Float](repeating: 0, count: inputs), sizes: sizes)
        let informed = DenseLayer(weight: weight, bias: nil, precision: .int8, inputs: known)(x)
        #expect(Self.error(informed, exact) < Self.error(blind, exact) * 0.9)
    }

    @Test func shiftsAndMeansAreTakenOffAgain() {
        var random = SeededGenerator(33)
        let (rows, inputs, outputs) = (16, 96, 40)
        // Never below -0.17, as what comes out of a GELU.
        let x = Matrix(rows: rows, columns: inputs, random.floats(rows * inputs, in: -0.17...2))
        let weight = Matrix(rows: outputs, columns: inputs, random.floats(outputs * inputs))
        let bias = Matrix(rows: 1, columns: outputs, random.floats(outputs))
        let exact = DenseLayer(weight: weight, bias: bias)(x)
        let known = ExpectedInputs(
            means: [Float](repeating: 0.9, count: inputs), sizes: [Float](repeating: 2, count: inputs), least: -0.17)
        let bytes = DenseLayer(weight: weight, bias: bias, precision: .int8, inputs: known)(x)
        #expect(Self.error(bytes, exact) < 0.01)
        // The mean itself is exact but for the rounding of the input.
        let mean = Matrix(rows: 1, columns: inputs, [Float](repeating: 0.9, count: inputs))
        let difference = Self.error(
            DenseLayer(weight: weight, bias: bias, precision: .int8, inputs: known)(mean),
            DenseLayer(weight: weight, bias: bias)(mean))
        #expect(difference < 1e-3)
    }
}
