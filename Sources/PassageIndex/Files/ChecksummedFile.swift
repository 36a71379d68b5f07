import CKernels
import CMappings
import Foundation
import Synchronization

/// A memory-mapped file of which every 16 KiB block is checked against its CRC-32C when it is first touched: what
/// segments and postings are made of. `ChecksummedFileWriter` writes it.
///
/// The checksums stand at the end, one a block, followed by one over themselves. A file that others cut short while it
/// is mapped reads as zeros from there on; whoever has read asks `checkWhole` before anything is made of it.
/// `@unchecked`: the mapping is only read, the record of checked blocks is atomic.
final class ChecksummedFile: @unchecked Sendable {
    static let blockBytes = 16 << 10
    /// Sections begin at multiples of this many bytes.
    static let alignment = 64

    let path: String
    /// What to do about damage, for messages.
    private let remedy: String
    let bytes: UnsafeRawBufferPointer
    /// Where the checksums begin; what stands before them is checked.
    private(set) var checkedBytes = 0
    private var checked: UnsafeMutableBufferPointer<Atomic<UInt8>>
    private let identity: FileIdentity
    private let watch: OpaquePointer?
    /// Whether it was seen to be cut short.
    private let isCut = Atomic<Bool>(false)

    /// Maps a file. Throws `IndexError`.
    ///
    /// - Parameters:
    ///   - remedy: what to do where the file turns out to be damaged; nothing where it can be thrown away.
    ///   - unopened: what kind of trouble it is where the file is not there.
    init(path: String, remedy: String? = nil, unopened: IndexError.Kind = .io) throws {
        self.path = path
        self.remedy = remedy.map { "; " + $0 } ?? ""
        checked = .allocate(capacity: 0)
        // Not to wait for a writer, should this be a pipe.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let failure = DurableFile.failure("cannot be opened", path)
            throw IndexError(
                errno == ENOENT ? unopened : failure.kind, path,
                failure.message + (failure.kind == .busy ? "" : self.remedy))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw DurableFile.failure("cannot be examined", path) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else {
            throw IndexError(.damaged, path, "is empty or no regular file\(self.remedy)")
        }
        guard let base = mmap(nil, Int(status.st_size), PROT_READ, MAP_SHARED, descriptor, 0), base != MAP_FAILED else {
            throw DurableFile.failure("cannot be mapped", path)
        }
        bytes = UnsafeRawBufferPointer(start: base, count: Int(status.st_size))
        identity = FileIdentity(status)
        watch = cm_watch_begin(base, bytes.count, 0)
    }

    deinit {
        cm_watch_end(watch)
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
            throw damaged("has a length other than its header says (it may be cut short)")
        }
        let table = UnsafeRawBufferPointer(rebasing: bytes[offset..<bytes.count - 4])
        guard pk_crc32c(0, table.baseAddress, table.count) == checksum else {
            throw damaged("the table of checksums is damaged")
        }
        checkedBytes = offset
        checked = .allocate(capacity: Self.blocks(offset))
        for block in checked.indices { checked.initializeElement(at: block, to: Atomic(0)) }
    }

    /// The checksum of its checksums, which stands for the whole content.
    var checksum: UInt32 { word(at: bytes.count - 4) }

    /// An error of kind `damaged` with the remedy.
    func damaged(_ what: String) -> IndexError { IndexError(.damaged, path, what + remedy) }

    private func word(at offset: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// A part of the file, checked. Throws `IndexError` where it is damaged or outside.
    func read(_ range: Range<Int>) throws -> UnsafeRawBufferPointer {
        guard range.lowerBound >= 0, range.upperBound <= checkedBytes else {
            throw damaged("an offset points outside the file")
        }
        if !range.isEmpty {
            for block in range.lowerBound / Self.blockBytes...(range.upperBound - 1) / Self.blockBytes
            where checked[block].load(ordering: .relaxed) == 0 {
                try check(block)
            }
        }
        return UnsafeRawBufferPointer(rebasing: bytes[range])
    }

    /// Throws `IndexError` where the file has been cut short since it was opened: what was read since may be zeros.
    ///
    /// A file that another has replaced, or that was deleted, is whole as long as it is mapped.
    func checkWhole() throws {
        if !isCut.load(ordering: .relaxed) {
            var status = stat()
            let isShorter =
                stat(path, &status) == 0 && FileIdentity(status) == identity && Int(status.st_size) != bytes.count
            guard isShorter || cm_watch_has_failed(watch) != 0 else { return }
            isCut.store(true, ordering: .relaxed)
        }
        throw damaged("was cut short, or could not be read, while it was open")
    }

    /// Checks every block, also those that were checked before. Throws `IndexError` at the first damaged one.
    func verify() throws {
        for block in checked.indices { try check(block) }
    }

    private func check(_ block: Int) throws {
        let offset = block * Self.blockBytes
        let content = UnsafeRawBufferPointer(rebasing: bytes[offset..<min(offset + Self.blockBytes, checkedBytes)])
        guard pk_crc32c(0, content.baseAddress, content.count) == word(at: checkedBytes + 4 * block) else {
            throw damaged("the block at byte \(offset) fails its checksum")
        }
        checked[block].store(1, ordering: .relaxed)
    }
}
