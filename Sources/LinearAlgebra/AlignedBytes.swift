import Foundation

/// Owned memory, 64-byte aligned and zeroed. `@unchecked`: written while it is being made or by the one worker that owns
/// it as scratch, and only read after that.
///
/// Large ones are in huge pages where the system grants these when asked: filling 23 MB of embeddings is then a dozen
/// page faults and not 5,700, and a row of them one entry of the processor's address cache.
package final class AlignedBytes: @unchecked Sendable {
    package let pointer: UnsafeMutableRawPointer
    package let count: Int

    /// The size of a huge page of x86-64, and of most ARM systems.
    private static let hugePage = 2 << 20
    /// Bytes that are copied before they are looked at: what stays in a core's own cache.
    private static let partSize = 64 << 10

    package init(count: Int) {
        self.count = max(1, count)
        pointer = Self.allocate(self.count)
        pointer.initializeMemory(as: UInt8.self, repeating: 0, count: self.count)
    }

    /// A copy.
    ///
    /// - Parameter look: sees the copy part by part, while each is near, with the place of its first byte.
    package init(_ bytes: UnsafeRawBufferPointer, look: ((UnsafeMutableRawBufferPointer, Int) -> Void)? = nil) {
        count = max(1, bytes.count)
        pointer = Self.allocate(count)
        guard let start = bytes.baseAddress else { return }
        let size = look == nil ? bytes.count : Self.partSize
        var offset = 0
        while offset < bytes.count {
            let part = UnsafeMutableRawBufferPointer(start: pointer + offset, count: min(size, bytes.count - offset))
            part.baseAddress?.copyMemory(from: start + offset, byteCount: part.count)
            look?(part, offset)
            offset += part.count
        }
    }

    private static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
        guard count >= 2 * hugePage else { return .allocate(byteCount: count, alignment: 64) }
        let pointer = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: hugePage)
        #if os(Linux)
            // A wish: where it is not granted the memory is as good, so the answer does not matter.
            _ = madvise(pointer, count / hugePage * hugePage, Int32(MADV_HUGEPAGE))
        #endif
        return pointer
    }

    deinit { pointer.deallocate() }
}
