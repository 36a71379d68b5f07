import CKernels
import Foundation

/// Writes a postings file term by term. What it makes has its name only after `finish`.
final class PostingsWriter {
    private let path: String
    private let file: ChecksummedFileWriter
    private var format = PostingsFormat()
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
        file = try ChecksummedFileWriter(
            temporary: "\(path).\(getpid()).new", headerBytes: PostingsFormat.headerBytes)
        format.generation = generation
        format.passages = passages
        format.numbers = lengths.count
        format[.lengths] = try file.section(lengths)
        format[.shortLengths] = try file.section(lengths.map { UInt8(clamping: $0) })
        file.align()
        format[.lists] = file.position..<file.position
    }

    /// Adds a term; terms ascend by their bytes, numbers ascend and `counts` are 1 or more. Throws `IndexError`.
    func append(term: [UInt8], numbers: [UInt32], counts: [UInt32]) throws {
        guard format.terms == 0 || previousTerm.lexicographicallyPrecedes(term) else {
            throw IndexError(.damaged, path, "the terms of the full-text index do not ascend")
        }
        guard zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw IndexError(.damaged, path, "the passages of a term in the full-text index do not ascend")
        }
        let capacity = pk_postings_capacity(numbers.count)
        if encoded.count < capacity { encoded = [UInt8](repeating: 0, count: 2 * capacity) }
        let size = pk_postings_encode(numbers, counts, numbers.count, lengths, &encoded)
        if format.terms % PostingsFormat.termsPerBlock == 0 {
            guard dictionary.count <= Int(UInt32.max) else { throw IndexError(.invalid, path, "has too many terms") }
            dictionaryBlocks.append(UInt32(dictionary.count))
            let offset = UInt64(file.position - format[.lists].lowerBound)
            withUnsafeBytes(of: offset.littleEndian) { dictionary.append(contentsOf: $0) }
            previousTerm = []
        }
        let shared = zip(previousTerm, term).prefix { $0 == $1 }.count
        for value in [shared, term.count - shared, numbers.count, size] { appendVarint(value) }
        dictionary += term[shared...]
        previousTerm = term
        file.append(encoded[..<size])
        format.terms += 1
        format.postings += numbers.count
        try file.flushIfFull()
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
        file.append(repeatElement(0, count: PostingsFormat.listPadding))
        format[.lists] = format[.lists].lowerBound..<file.position
        format[.dictionary] = try file.section(dictionary)
        format[.dictionaryBlocks] = try file.section(dictionaryBlocks)
        format.checksumOffset = file.position
        _ = try file.finish(header: format.header, as: path)
        return format
    }
}
