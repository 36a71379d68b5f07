import CKernels
import Foundation

/// Writes a file that `ChecksummedFile` reads: header, sections, checksums. It has its name only after `finish`.
final class ChecksummedFileWriter {
    private static let bufferBytes = 4 << 20

    let temporary: String
    private let descriptor: Int32
    private var buffer: [UInt8]
    private var written = 0

    /// Begins a file with room for its header. Throws `IndexError`.
    init(temporary: String, headerBytes: Int) throws {
        self.temporary = temporary
        descriptor = try DurableFile.create(temporary)
        buffer = [UInt8](repeating: 0, count: headerBytes)
    }

    deinit {
        close(descriptor)
        unlink(temporary)  // nothing is there once the file has its name
    }

    /// Where the next byte will stand.
    var position: Int { written + buffer.count }

    func append(_ bytes: some Sequence<UInt8>) { buffer.append(contentsOf: bytes) }

    /// Goes on to the next place at which a section may begin.
    func align() {
        let unit = ChecksummedFile.alignment
        buffer += repeatElement(0, count: (unit - position % unit) % unit)
    }

    /// Writes a whole section; returns where it stands. Throws `IndexError`.
    func section(_ elements: [some FixedWidthInteger]) throws -> Range<Int> {
        align()
        let start = position
        elements.withUnsafeBytes { append($0) }
        try flush()
        return start..<position
    }

    /// Writes what has gathered, where it is much. Throws `IndexError`.
    func flushIfFull() throws {
        if buffer.count > Self.bufferBytes { try flush() }
    }

    /// Writes what has gathered. Throws `IndexError`.
    func flush() throws {
        try buffer.withUnsafeBytes { try DurableFile.write($0, to: descriptor, path: temporary) }
        written += buffer.count
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes header and checksums, makes the file durable and gives it its name. Throws `IndexError`.
    ///
    /// - Parameter replaces: whether a file of that name may be there.
    /// - Returns: the checksum of the checksums.
    func finish(header: [UInt8], as path: String, replaces: Bool = true) throws -> UInt32 {
        try flush()
        try Faults.check(.write, temporary)
        guard header.withUnsafeBytes({ pwrite(descriptor, $0.baseAddress, $0.count, 0) }) == header.count else {
            throw DurableFile.failure("cannot be written", temporary)
        }
        var checksums = try blockChecksums()
        let sum = checksums.withUnsafeBytes { pk_crc32c(0, $0.baseAddress, $0.count) }
        checksums.append(sum)
        try checksums.withUnsafeBytes { try DurableFile.write($0, to: descriptor, path: temporary) }
        try DurableFile.sync(descriptor, path: temporary)
        try DurableFile.publish(temporary, as: path, replaces: replaces)
        return sum
    }

    /// Reads the file back block by block: what is summed is what the system took.
    private func blockChecksums() throws -> [UInt32] {
        var block = [UInt8](repeating: 0, count: ChecksummedFile.blockBytes)
        return try stride(from: 0, to: written, by: block.count).map { offset in
            let count = min(block.count, written - offset)
            let read = block.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, count, off_t(offset)) }
            guard read == count else { throw DurableFile.failure("cannot be read back", temporary) }
            return pk_crc32c(0, block, count)
        }
    }
}
