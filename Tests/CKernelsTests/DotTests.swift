import CKernels
import Testing

@Suite struct DotTests {
    @Test(arguments: [0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 384, 1025])
    func agreesWithDoubles(count: Int) {
        var random = SeededGenerator(8)
        let (a, b) = (random.floats(count), random.floats(count))
        let expected = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        let size = zip(a, b).reduce(0.0) { $0 + abs(Double($1.0) * Double($1.1)) }
        #expect(abs(Double(pk_dot(a, b, count)) - expected) <= 1e-6 * size)
        #expect(abs(Double(pk_dot_portable(a, b, count)) - expected) <= 1e-5 * size)
    }

    @Test(arguments: Shape.all)
    func unitRowsHaveLengthOneAndTheirDirection(_ shape: Shape) {
        var random = SeededGenerator(9)
        let x = random.floats(shape.count)
        var unit = x
        pk_unit_rows(&unit, shape.rows, shape.columns)
        for row in 0..<shape.rows where shape.columns > 0 {
            let range = row * shape.columns..<(row + 1) * shape.columns
            let length = x[range].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            #expect(largestDifference(Array(unit[range]), x[range].map { Double($0) / length }) < 1e-6)
        }
    }

    @Test func aRowOfZerosStays() {
        var rows: [Float] = [0, 0, 0, 3, 0, 4]
        pk_unit_rows(&rows, 2, 3)
        #expect(rows == [0, 0, 0, 0.6, 0, 0.8])
    }
}
