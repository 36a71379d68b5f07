import CKernels
import Foundation

/// A postings file, memory-mapped: for each term the passages that contain it, as of one commit.
final class PostingsFile: Sendable {
    let format: PostingsFormat
    private let file: ChecksummedFile

    /// Maps a file and checks its header. Throws `IndexError`.
    init(path: String) throws {
        file = try ChecksummedFile(path: path)
        format = try PostingsFormat(file.bytes, path: path)
        try file.startChecking(checksumsAt: format.checksumOffset)
        // Search reads lengths without asking, so they are checked now.
        _ = try file.read(format[.lengths])
        _ = try file.read(format[.shortLengths])
    }

    var path: String { file.path }
    var byteCount: Int { file.bytes.count }

    /// Lengths in terms by passage number; `PostingsFormat.absent` where there was no such passage.
    var lengths: UnsafeBufferPointer<UInt32> {
        UnsafeRawBufferPointer(rebasing: file.bytes[format[.lengths]]).assumingMemoryBound(to: UInt32.self)
    }

    /// The same, 255 for 255 and more.
    var shortLengths: UnsafeBufferPointer<UInt8> {
        UnsafeRawBufferPointer(rebasing: file.bytes[format[.shortLengths]]).assumingMemoryBound(to: UInt8.self)
    }

    /// Throws `IndexError` where the file has been cut short; to be asked after reading.
    func checkWhole() throws { try file.checkWhole() }

    /// Checks every block. Throws `IndexError` at the first damaged one.
    func verify() throws { try file.verify() }

    /// The list of a term, weight 0, `nil` where no passage has it. Throws `IndexError` where its bytes are damaged.
    func list(_ term: [UInt8]) throws -> pk_postings? {
        var (low, high) = (0, blocks)
        // The last block whose first term is not after the one that is looked for.
        while high - low > 1 {
            let middle = (low + high) / 2
            if try block(middle).isAfter(term) { high = middle } else { low = middle }
        }
        guard low < high, let found = try block(low).find(term) else { return nil }
        let lists = format[.lists]
        guard found.list.upperBound <= lists.count - PostingsFormat.listPadding, found.count <= format.numbers else {
            throw IndexError(.damaged, path, "a list lies outside the file")
        }
        let bytes = try file.read(
            lists.lowerBound + found.list.lowerBound..<lists.lowerBound + found.list.upperBound)
        return pk_postings(bytes: bytes.baseAddress, size: bytes.count, count: UInt32(found.count), weight: 0)
    }

    private var blocks: Int { format[.dictionaryBlocks].count / 4 }

    private func block(_ number: Int) throws -> DictionaryBlock {
        let table = format[.dictionaryBlocks].lowerBound + 4 * number
        let isLast = number + 1 == blocks
        let words = try file.read(table..<table + (isLast ? 4 : 8))
        let dictionary = format[.dictionary]
        let start = Int(UInt32(littleEndian: words.load(as: UInt32.self)))
        let end = isLast ? dictionary.count : Int(UInt32(littleEndian: words.load(fromByteOffset: 4, as: UInt32.self)))
        guard start + 8 <= end, end <= dictionary.count else {
            throw IndexError(.damaged, path, "the dictionary is damaged")
        }
        return DictionaryBlock(
            bytes: try file.read(dictionary.lowerBound + start..<dictionary.lowerBound + end), path: path)
    }
}
