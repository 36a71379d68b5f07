import CKernels

/// Scratch for rows that a narrow product takes: what `DenseLayer.prepare` made of floats.
public final class PreparedRows: Sendable {
    let capacity: Int
    private let codes: AlignedBytes
    private let scales: AlignedBytes

    /// Space for `rows` rows of at most `inputs` values.
    public init(rows: Int, inputs: Int) {
        capacity = rows * pk_code_count(inputs)
        // A bfloat16 value takes two bytes.
        codes = AlignedBytes(count: 2 * capacity)
        scales = AlignedBytes(count: capacity / Int(PK_GROUP) * MemoryLayout<Float>.stride)
    }

    func bytes(row: Int, width: Int) -> UnsafeMutablePointer<UInt8> {
        codes.pointer.assumingMemoryBound(to: UInt8.self) + row * width
    }

    func scales(row: Int, groups: Int) -> UnsafeMutablePointer<Float> {
        scales.pointer.assumingMemoryBound(to: Float.self) + row * groups
    }

    func halves(row: Int, width: Int) -> UnsafeMutablePointer<UInt16> {
        codes.pointer.assumingMemoryBound(to: UInt16.self) + row * width
    }
}
