import Foundation

/// A dense row-major matrix of floats with 64-byte aligned storage; the type to read first in this target.
///
/// The storage is a reference: copies share it. A matrix is written while it is being made or by the one worker that
/// owns it as scratch, and only read after that; this is what makes it `Sendable`.
public struct Matrix: Sendable {
    public let rows: Int
    public let columns: Int
    private let storage: AlignedFloats

    /// A matrix of zeros, `[rows, columns]`.
    public init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        storage = AlignedFloats(count: rows * columns)
    }

    /// A matrix with the given elements in row-major order; missing ones are 0, further ones are dropped.
    public init(rows: Int, columns: Int, _ elements: [Float]) {
        self.init(rows: rows, columns: columns)
        for (index, element) in elements.prefix(rows * columns).enumerated() {
            storage.pointer[index] = element
        }
    }

    /// Number of elements.
    public var count: Int { rows * columns }

    /// The first element; valid as long as the matrix lives.
    public var pointer: UnsafeMutablePointer<Float> { storage.pointer }

    /// The elements of row `row`; valid as long as the matrix lives.
    public func row(_ row: Int) -> UnsafeMutableBufferPointer<Float> {
        precondition(row >= 0 && row < rows, "row outside the matrix")
        return UnsafeMutableBufferPointer(start: storage.pointer + row * columns, count: columns)
    }

    /// All elements in row-major order.
    public var elements: [Float] { Array(UnsafeBufferPointer(start: storage.pointer, count: count)) }

    /// The Euclidean length of each row.
    public var rowLengths: [Float] {
        (0..<rows).map { row($0).reduce(0) { $0 + $1 * $1 }.squareRoot() }
    }

    /// A copy with the rows `order` names, in its order.
    public func rows(_ order: [Int]) -> Matrix {
        let copy = Matrix(rows: order.count, columns: columns)
        for (place, row) in order.enumerated() {
            (copy.pointer + place * columns).update(from: self.row(row).baseAddress ?? pointer, count: columns)
        }
        return copy
    }

    /// A copy with the columns `order` names, in its order.
    public func columns(_ order: [Int]) -> Matrix {
        precondition(order.allSatisfy { $0 >= 0 && $0 < columns }, "column outside the matrix")
        let copy = Matrix(rows: rows, columns: order.count)
        for row in 0..<rows {
            let (from, to) = (pointer + row * columns, copy.pointer + row * order.count)
            for (place, column) in order.enumerated() { to[place] = from[column] }
        }
        return copy
    }

    /// A copy of `count` rows from `first` on.
    public func copy(rows first: Int, count: Int) -> Matrix {
        precondition(first >= 0 && count >= 0 && first + count <= rows, "rows outside the matrix")
        let copy = Matrix(rows: count, columns: columns)
        copy.pointer.update(from: pointer + first * columns, count: count * columns)
        return copy
    }
}

/// Owned memory for floats. `@unchecked`: see `Matrix` for the rule that keeps writers alone.
private final class AlignedFloats: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>

    init(count: Int) {
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: max(1, count) * MemoryLayout<Float>.stride, alignment: 64)
        pointer = memory.initializeMemory(as: Float.self, repeating: 0, count: max(1, count))
    }

    deinit { UnsafeMutableRawPointer(pointer).deallocate() }
}
