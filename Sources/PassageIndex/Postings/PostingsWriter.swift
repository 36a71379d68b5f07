import CKernels
import Foundation

/// Writes a postings file term by term. What it makes has its name only after `finish`.
final class PostingsWriter {
    private let path: String
    private let temporary: String
    private let descriptor: Int32
    private var format = PostingsFormat()
    private var buffer: [UInt8] = []
    private var written = 0
    private let lengths: [UInt32]
    private var dictionary: [UInt8] = []
    private var dictionaryBlocks: [UInt32] = []
    private var previousTerm: [UInt8] = []
    private var encoded: [UInt8] = []

    /// Begins a file. Throws `IndexError`.
    ///
    /// - Parameter lengths: of all passages, by number; `PostingsFormat.absent` where there is none.
    init(path: String, generation: Int, passages: Int, lengths: [UInt32]) throws {
        self.path = path
        self.lengths = lengths
        temporary = "\(path).\(getpid()).new"
        descriptor = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw DurableFile.failure("cannot be created", temporary) }
        format.generation = generation
        format.passages = passages
        format.numbers = lengths.count
        buffer = [UInt8](repeating: 0, count: PostingsFormat.headerBytes)
        try append(.lengths) { lengths.withUnsafeBytes { buffer.append(contentsOf: $0) } }
        try append(.shortLengths) { buffer.append(contentsOf: lengths.lazy.map { UInt8(clamping: $0) }) }
        align()
        let start = written + buffer.count
        format[.lists] = start..<start
    }

    deinit {
        close(descriptor)
        unlink(temporary)  // nothing is there once the file has its name
    }

    /// Adds a term; terms ascend by their bytes, numbers ascend and `counts` are 1 or more. Throws `IndexError`.
    func append(term: [UInt8], numbers: [UInt32], counts: [UInt32]) throws {
        guard format.terms == 0 || previousTerm.lexicographicallyPrecedes(term) else {
            throw IndexError(.damaged, path, "the terms of the full-text index do not ascend")
        }
        let capacity = pk_postings_capacity(numbers.count)
        if encoded.count < capacity { encoded = [UInt8](repeating: 0, count: 2 * capacity) }
        let size = pk_postings_encode(numbers, counts, numbers.count, lengths, &encoded)
        if format.terms % PostingsFormat.termsPerBlock == 0 {
            guard dictionary.count <= Int(UInt32.max) else { throw IndexError(.invalid, path, "has too many terms") }
            dictionaryBlocks.append(UInt32(dictionary.count))
            let offset = UInt64(written + buffer.count - format[.lists].lowerBound)
            withUnsafeBytes(of: offset.littleEndian) { dictionary.append(contentsOf: $0) }
            previousTerm = []
        }
        let shared = zip(previousTerm, term).prefix { $0 == $1 }.count
        for value in [shared, term.count - shared, numbers.count, size] { appendVarint(value) }
        dictionary += term[shared...]
        previousTerm = term
        buffer += encoded[..<size]
        format.terms += 1
        format.postings += numbers.count
        if buffer.count > 4 << 20 { try flush() }
    }

    /// LEB128: seven bits a byte, lowest first.
    private func appendVarint(_ value: Int) {
        var rest = UInt64(value)
        while rest >= 0x80 {
            dictionary.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        dictionary.append(UInt8(rest))
    }

    /// Writes what remains, makes the file durable and gives it its name. Throws `IndexError`.
    func finish() throws -> PostingsFormat {
        buffer += repeatElement(0, count: PostingsFormat.listPadding)
        format[.lists] = format[.lists].lowerBound..<written + buffer.count
        try append(.dictionary) { buffer += dictionary }
        try append(.dictionaryBlocks) { dictionaryBlocks.withUnsafeBytes { buffer.append(contentsOf: $0) } }
        format.checksumOffset = written + buffer.count
        try flush()
        let header = format.header
        guard header.withUnsafeBytes({ pwrite(descriptor, $0.baseAddress, $0.count, 0) }) == header.count else {
            throw DurableFile.failure("cannot be written", temporary)
        }
        let checksums = try blockChecksums()
        try checksums.withUnsafeBytes { try DurableFile.write($0, to: descriptor, path: temporary) }
        try DurableFile.sync(descriptor, path: temporary)
        try DurableFile.publish(temporary, as: path)
        return format
    }

    private func append(_ section: PostingsFormat.Section, _ fill: () -> Void) throws {
        align()
        let start = written + buffer.count
        fill()
        format[section] = start..<written + buffer.count
        try flush()
    }

    private func align() {
        let position = written + buffer.count
        let start = (position + PostingsFormat.alignment - 1) / PostingsFormat.alignment * PostingsFormat.alignment
        buffer += repeatElement(0, count: start - position)
    }

    private func flush() throws {
        try buffer.withUnsafeBytes { try DurableFile.write($0, to: descriptor, path: temporary) }
        written += buffer.count
        buffer.removeAll(keepingCapacity: true)
    }

    /// A checksum a block and one over them, of what the system reads back.
    private func blockChecksums() throws -> [UInt32] {
        var block = [UInt8](repeating: 0, count: ChecksummedFile.blockBytes)
        var sums: [UInt32] = []
        for offset in stride(from: 0, to: format.checksumOffset, by: block.count) {
            let count = min(block.count, format.checksumOffset - offset)
            let read = block.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, count, off_t(offset)) }
            guard read == count else { throw DurableFile.failure("cannot be read back", temporary) }
            sums.append(pk_crc32c(0, block, count))
        }
        return sums + [sums.withUnsafeBytes { pk_crc32c(0, $0.baseAddress, $0.count) }]
    }
}
