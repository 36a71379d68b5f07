import CKernels
import Testing

@Suite struct QuantiseTests {
    @Test(arguments: Shape.all)
    func codesAreTheNearestOfTheirRow(_ shape: Shape) {
        var random = SeededGenerator(12)
        let x = random.floats(shape.count)
        var codes = [Int8](repeating: 99, count: shape.count)
        var scales = [Float](repeating: -1, count: shape.rows)
        pk_quantise_rows(x, &codes, &scales, shape.rows, shape.columns)
        for row in 0..<shape.rows {
            let range = row * shape.columns..<(row + 1) * shape.columns
            let largest = x[range].map(abs).max() ?? 0
            #expect(scales[row] == largest / 127)
            for index in range {
                let exact = Double(x[index]) / Double(scales[row])
                #expect(abs(Double(codes[index]) - exact) < 0.5001)
                if abs(x[index]) == largest { #expect(abs(Int(codes[index])) == 127) }
            }
        }
    }

    @Test func rowsThatHaveNoScaleBecomeZeros() {
        let rows: [[Float]] = [
            [0, 0, -0.0], [1, .nan, 2], [.infinity, 1, 0], [-.infinity, 1, 0],
            [.leastNonzeroMagnitude, -.leastNonzeroMagnitude, 0x1p-146], [3, -1.5, 0],
        ]
        var codes = [Int8](repeating: 99, count: rows.count * 3)
        var scales = [Float](repeating: -1, count: rows.count)
        pk_quantise_rows(rows.flatMap { $0 }, &codes, &scales, rows.count, 3)
        for row in 0..<5 {
            #expect(Array(codes[row * 3..<row * 3 + 3]) == [0, 0, 0])
            #expect(scales[row].isFinite)
        }
        #expect(scales[1] == 0 && scales[2] == 0 && scales[3] == 0)
        #expect(Array(codes[15...]) == [127, -64, 0], "the others do not mind")
    }

    @Test func theLargestFloatsFit() {
        let x: [Float] = [.greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0, .greatestFiniteMagnitude / 2]
        var codes = [Int8](repeating: 0, count: 4)
        var scale: Float = 0
        pk_quantise_rows(x, &codes, &scale, 1, 4)
        #expect(codes[0] == 127 && codes[1] == -127 && codes[2] == 0 && (codes[3] == 63 || codes[3] == 64))
        #expect(scale.isFinite)
    }
}
