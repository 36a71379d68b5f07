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

    package init(count: Int) {
        self.count = max(1, count)
        pointer = Self.allocate(self.count)
        pointer.initializeMemory(as: UInt8.self, repeating: 0, count: self.count)
    }

    /// A copy.
    package init(_ bytes: UnsafeRawBufferPointer) {
        count = max(1, bytes.count)
        pointer = Self.allocate(count)
        if let start = bytes.baseAddress { pointer.copyMemory(from: start, byteCount: bytes.count) }
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
