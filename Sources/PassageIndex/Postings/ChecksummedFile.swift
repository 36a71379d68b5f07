import CKernels
import Foundation
import Synchronization

/// A memory-mapped file of which every 16 KiB block is checked against its CRC-32C when it is first touched.
///
/// The checksums stand at the end, one a block, followed by one over themselves. `@unchecked`: the mapping is only read,
/// the record of checked blocks is atomic.
final class ChecksummedFile: @unchecked Sendable {
    static let blockBytes = 16 << 10

    let path: String
    let bytes: UnsafeRawBufferPointer
    /// Where the checksums begin; what stands before them is checked.
    private(set) var checkedBytes = 0
    private var checked: UnsafeMutableBufferPointer<Atomic<UInt8>>

    /// Maps a file. Throws `IndexError`.
    init(path: String) throws {
        self.path = path
        checked = .allocate(capacity: 0)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw DurableFile.failure("cannot be opened", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size > 0,
            let base = mmap(nil, Int(status.st_size), PROT_READ, MAP_SHARED, descriptor, 0), base != MAP_FAILED
        else { throw IndexError(.damaged, path, "is empty or cannot be mapped") }
        bytes = UnsafeRawBufferPointer(start: base, count: Int(status.st_size))
    }

    deinit {
        munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
        checked.deinitialize()
        checked.deallocate()
    }

    private static func blocks(_ bytes: Int) -> Int { (bytes + blockBytes - 1) / blockBytes }

    /// Bytes of a file whose checksums begin at `offset`.
    static func fileBytes(checksumsAt offset: Int) -> Int { offset + 4 * (blocks(offset) + 1) }

    /// Says where the checksums begin and checks their own. To be called once, before any `read`. Throws `IndexError`.
    func startChecking(checksumsAt offset: Int) throws {
        guard offset >= 0, Self.fileBytes(checksumsAt: offset) == bytes.count else {
            throw IndexError(.damaged, path, "has a length other than its header says (it may be cut short)")
        }
        let table = UnsafeRawBufferPointer(rebasing: bytes[offset..<bytes.count - 4])
        guard pk_crc32c(0, table.baseAddress, table.count) == word(at: bytes.count - 4) else {
            throw IndexError(.damaged, path, "the table of checksums is damaged")
        }
        checkedBytes = offset
        checked = .allocate(capacity: Self.blocks(offset))
        for block in checked.indices { checked.initializeElement(at: block, to: Atomic(0)) }
    }

    private func word(at offset: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// A part of the file, checked. Throws `IndexError` where it is damaged or outside.
    func read(_ range: Range<Int>) throws -> UnsafeRawBufferPointer {
        guard range.lowerBound >= 0, range.upperBound <= checkedBytes else {
            throw IndexError(.damaged, path, "an offset points outside the file")
        }
        if !range.isEmpty {
            for block in range.lowerBound / Self.blockBytes...(range.upperBound - 1) / Self.blockBytes
            where checked[block].load(ordering: .relaxed) == 0 {
                try check(block)
            }
        }
        return UnsafeRawBufferPointer(rebasing: bytes[range])
    }

    private func check(_ block: Int) throws {
        let offset = block * Self.blockBytes
        let content = UnsafeRawBufferPointer(rebasing: bytes[offset..<min(offset + Self.blockBytes, checkedBytes)])
        guard pk_crc32c(0, content.baseAddress, content.count) == word(at: checkedBytes + 4 * block) else {
            throw IndexError(.damaged, path, "the block at byte \(offset) fails its checksum")
        }
        checked[block].store(1, ordering: .relaxed)
    }
}
