import CKernels
import Foundation

/// The layout of a postings file, version 2, little-endian; `docs/formats.md` says the same in prose.
///
///     header            256 bytes, its own CRC-32C in the last four
///     sections          each from a multiple of 64 bytes:
///       lengths           UInt32 a passage number: length in terms, 2^32 - 1 where there was no such passage
///       shortLengths      UInt8 a passage number: the same, 255 for 255 and more
///       lists             a compressed list a term (`postings_list.c`), then 64 bytes of nothing
///       dictionary        terms in ascending order of their bytes, 16 a block
///       dictionaryBlocks  UInt32 a block of the dictionary: where it begins
///     checksums         CRC-32C of every 16 KiB before them, then one of these checksums
struct PostingsFormat: Equatable {
    static let magic: [UInt8] = Array("PSRNPST1".utf8)
    /// 2 has the terms of format 4, in the layout of 1.
    static let version: UInt32 = 2
    static let headerBytes = 256
    /// Terms in a block of the dictionary, of which only the first is written in full.
    static let termsPerBlock = 16
    /// Readable bytes after the last list, which decoding may look at.
    static let listPadding = 64
    /// The length of a number that no passage has.
    static let absent = UInt32.max

    enum Section: Int, CaseIterable {
        case lengths, shortLengths, lists, dictionary, dictionaryBlocks
    }

    /// The commit that the file was made from.
    var generation = 0
    /// Passage numbers below this one are in the file, where there were such passages.
    var numbers = 0
    /// Passages in the file.
    var passages = 0
    var terms = 0
    var postings = 0
    /// Offset and length in bytes, by section.
    var sections = [Range<Int>](repeating: 0..<0, count: Section.allCases.count)
    var checksumOffset = 0

    subscript(section: Section) -> Range<Int> {
        get { sections[section.rawValue] }
        set { sections[section.rawValue] = newValue }
    }

    init() {}

    /// The header as bytes.
    var header: [UInt8] {
        var bytes = Self.magic
        func append(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        append(Self.version)
        append(UInt32(Self.headerBytes))
        for value in [generation, numbers, passages, terms, postings, checksumOffset] { append(UInt64(value)) }
        for section in sections {
            append(UInt64(section.lowerBound))
            append(UInt64(section.count))
        }
        bytes.append(contentsOf: repeatElement(0, count: Self.headerBytes - 4 - bytes.count))
        let sum = bytes.withUnsafeBytes { pk_crc32c(0, $0.baseAddress, $0.count) }
        append(sum)
        return bytes
    }

    /// Reads a header; throws `IndexError` for anything that this version did not write.
    init(_ bytes: UnsafeRawBufferPointer, path: String) throws {
        func damaged(_ what: String) -> IndexError { IndexError(.damaged, path, what) }
        guard bytes.count >= Self.headerBytes, bytes.prefix(8).elementsEqual(Self.magic) else {
            throw damaged("is not a postings file")
        }
        func word(_ offset: Int) -> UInt32 {
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        func long(_ offset: Int) throws -> Int {
            let value = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            guard value <= UInt64(Int64.max) else { throw damaged("has a header with impossible sizes") }
            return Int(value)
        }
        guard word(8) == Self.version, word(12) == UInt32(Self.headerBytes) else {
            throw IndexError(
                .mismatch, path, "has postings version \(word(8)); this build reads version \(Self.version)")
        }
        guard pk_crc32c(0, bytes.baseAddress, Self.headerBytes - 4) == word(Self.headerBytes - 4) else {
            throw damaged("has a header that fails its checksum")
        }
        generation = try long(16)
        numbers = try long(24)
        passages = try long(32)
        terms = try long(40)
        postings = try long(48)
        checksumOffset = try long(56)
        for section in Section.allCases {
            let (offset, length) = (try long(64 + section.rawValue * 16), try long(72 + section.rawValue * 16))
            guard offset <= checksumOffset, length <= checksumOffset - offset, offset % ChecksummedFile.alignment == 0,
                checksumOffset <= bytes.count
            else { throw damaged("has a section outside the file") }
            self[section] = offset..<offset + length
        }
        let blocks = (terms + Self.termsPerBlock - 1) / Self.termsPerBlock
        guard numbers <= Int(UInt32.max), self[.shortLengths].count == numbers, self[.lengths].count == 4 * numbers,
            self[.lists].count >= Self.listPadding, self[.dictionaryBlocks].count == 4 * blocks
        else { throw damaged("has sections of other sizes than its header says") }
    }
}
