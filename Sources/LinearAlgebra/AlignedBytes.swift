/// Owned memory, 64-byte aligned and zeroed. `@unchecked`: written while it is being made or by the one worker that owns
/// it as scratch, and only read after that.
final class AlignedBytes: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
    let count: Int

    init(count: Int) {
        self.count = max(1, count)
        pointer = UnsafeMutableRawPointer.allocate(byteCount: self.count, alignment: 64)
        pointer.initializeMemory(as: UInt8.self, repeating: 0, count: self.count)
    }

    /// A copy.
    init(_ bytes: UnsafeRawBufferPointer) {
        count = max(1, bytes.count)
        pointer = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 64)
        if let start = bytes.baseAddress { pointer.copyMemory(from: start, byteCount: bytes.count) }
    }

    deinit { pointer.deallocate() }
}
