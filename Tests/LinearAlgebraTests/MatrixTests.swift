import LinearAlgebra
import Testing

@Suite struct MatrixTests {
    @Test func startsAsZerosOnAnAlignedAddress() {
        for rows in [0, 1, 3, 17] {
            let matrix = Matrix(rows: rows, columns: 5)
            #expect(matrix.count == rows * 5)
            #expect(matrix.elements == [Float](repeating: 0, count: rows * 5))
            #expect(Int(bitPattern: matrix.pointer) % 64 == 0)
        }
    }

    @Test func takesElementsRowByRow() {
        let matrix = Matrix(rows: 2, columns: 3, [1, 2, 3, 4, 5, 6])
        #expect(Array(matrix.row(0)) == [1, 2, 3])
        #expect(Array(matrix.row(1)) == [4, 5, 6])
        #expect(Matrix(rows: 2, columns: 2, [1]).elements == [1, 0, 0, 0])
        #expect(Matrix(rows: 1, columns: 2, [1, 2, 3]).elements == [1, 2])
    }

    @Test func copiesOfRowsAreTheirOwn() {
        let matrix = Matrix(rows: 3, columns: 2, [1, 2, 3, 4, 5, 6])
        let copy = matrix.copy(rows: 1, count: 2)
        #expect(copy.elements == [3, 4, 5, 6])
        copy.row(0)[0] = 9
        #expect(matrix.elements == [1, 2, 3, 4, 5, 6])
        #expect(matrix.copy(rows: 3, count: 0).elements.isEmpty)
        let shared = matrix
        shared.row(0)[0] = 8
        #expect(matrix.row(0)[0] == 8, "a copy of the value shares its storage")
    }
}
