import CKernels
import LinearAlgebra

/// A table of embeddings, `[rows, columns]`, kept in 16 bits where the checkpoint has it so.
struct EmbeddingTable: Sendable {
    let rows: Int
    let columns: Int
    private let elements: Elements

    private enum Elements: Sendable {
        case halves(AlignedBytes)
        case floats(Matrix)
    }

    /// Reads the tensor `name`; throws `CheckpointError`.
    init(_ checkpoint: Checkpoint, _ name: String, rows: Int, columns: Int) throws {
        self.rows = rows
        self.columns = columns
        if let halves = try checkpoint.halves(name, shape: [rows, columns]) {
            elements = .halves(halves)
        } else {
            elements = .floats(try checkpoint.matrix(name, rows: rows, columns: columns))
        }
    }

    /// Copies a row, which must be one of the table's, to `out`.
    func read(_ row: Int, into out: UnsafeMutablePointer<Float>) {
        precondition(row >= 0 && row < rows, "row outside the table")
        switch elements {
        case .floats(let matrix): out.update(from: matrix.pointer + row * columns, count: columns)
        case .halves(let halves):
            pk_half_to_float(halves.pointer.assumingMemoryBound(to: UInt16.self) + row * columns, out, columns)
        }
    }
}
