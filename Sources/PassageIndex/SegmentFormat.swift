import CKernels
import Foundation

/// The layout of a segment file, version 1, little-endian; `docs/formats.md` says the same in prose.
///
///     header        256 bytes, its own CRC-32C in the last four
///     sections      each from a multiple of 64 bytes:
///       vectors       per window: ColBERT codes as the codec lays them out
///       numbers       UInt32 a passage, ascending: the passage's number
///       windows       UInt32 a passage and one more: where its windows begin
///       spans         2 × UInt32 a window: UTF-8 bytes of the passage's text that it covers
///       vectorStarts  UInt32 a window and one more
///       termStarts    UInt32 a window and one more
///       pieces        UInt32 a term, ascending within a window
///       weights       binary16 a term
///     checksums     CRC-32C of every 16 KiB before them, then one of these checksums
struct SegmentFormat: Equatable {
    static let magic: [UInt8] = Array("PSRNSEG1".utf8)
    static let version: UInt32 = 1
    static let headerBytes = 256

    enum Section: Int, CaseIterable {
        case vectors, numbers, windows, spans, vectorStarts, termStarts, pieces, weights
    }

    var passages = 0
    var windows = 0
    var vectors = 0
    var terms = 0
    var dimension = 0
    /// `TokenCodec.identifier`; 0 without vectors.
    var codec: UInt32 = 0
    /// Offset and length in bytes, by section.
    var sections = [Range<Int>](repeating: 0..<0, count: Section.allCases.count)
    /// Where the checksums begin; the blocks end there.
    var checksumOffset = 0

    subscript(section: Section) -> Range<Int> {
        get { sections[section.rawValue] }
        set { sections[section.rawValue] = newValue }
    }

    /// The header as bytes.
    var header: [UInt8] {
        var bytes = Self.magic
        func append(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        append(Self.version)
        append(UInt32(Self.headerBytes))
        append(UInt32(ChecksummedFile.blockBytes))
        append(codec)
        append(UInt32(dimension))
        append(UInt32(0))
        for value in [passages, windows, vectors, terms, checksumOffset] { append(UInt64(value)) }
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
        func damaged(_ what: String) -> IndexError {
            IndexError(.damaged, path, "\(what); run `passerine verify`, and restore the file from a backup")
        }
        guard bytes.count >= Self.headerBytes else { throw damaged("is shorter than a segment's header") }
        guard bytes.prefix(8).elementsEqual(Self.magic) else { throw damaged("is not a segment file") }
        func word(_ offset: Int) -> UInt32 {
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        func long(_ offset: Int) throws -> Int {
            let value = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            guard value <= UInt64(bytes.count) else { throw damaged("has a header with sizes larger than the file") }
            return Int(value)
        }
        guard word(8) == Self.version else {
            throw IndexError(
                .mismatch, path, "has segment version \(word(8)); this build reads version \(Self.version)")
        }
        guard pk_crc32c(0, bytes.baseAddress, Self.headerBytes - 4) == word(Self.headerBytes - 4) else {
            throw damaged("has a header that fails its checksum")
        }
        guard word(12) == UInt32(Self.headerBytes), word(16) == UInt32(ChecksummedFile.blockBytes) else {
            throw damaged("has a header of another layout")
        }
        codec = word(20)
        dimension = Int(word(24))
        passages = try long(32)
        windows = try long(40)
        vectors = try long(48)
        terms = try long(56)
        checksumOffset = try long(64)
        for section in Section.allCases {
            let offset = try long(72 + section.rawValue * 16)
            let length = try long(80 + section.rawValue * 16)
            guard offset + length <= checksumOffset, offset % ChecksummedFile.alignment == 0 else {
                throw damaged("has a section outside the file")
            }
            self[section] = offset..<offset + length
        }
        let sizes: [(Section, Int)] = [
            (.numbers, 4 * passages), (.windows, 4 * (passages + 1)), (.spans, 8 * windows),
            (.vectorStarts, 4 * (windows + 1)), (.termStarts, 4 * (windows + 1)), (.pieces, 4 * terms),
            (.weights, 2 * terms),
        ]
        guard sizes.allSatisfy({ self[$0].count == $1 }) else {
            throw damaged("has sections of other sizes than its header says")
        }
        guard vectors > 0 else {
            guard self[.vectors].isEmpty else { throw damaged("has vectors that its header does not count") }
            return
        }
        guard let codec = TokenCodec.allCases.first(where: { $0.identifier == self.codec }),
            codec.accepts(dimension: dimension), self[.vectors].count % codec.bytesPerVector(dimension) == 0,
            self[.vectors].count / codec.bytesPerVector(dimension) == vectors
        else { throw damaged("has vectors of other sizes than its header says") }
    }

    /// Throws `IndexError` where the vectors are not those of an index with these settings.
    func check(_ settings: IndexSettings, path: String) throws {
        guard vectors > 0 else { return }
        guard settings.colbert != nil, codec == settings.codec.identifier, dimension == settings.dimension else {
            throw IndexError(
                .damaged, path,
                "has other vectors than the index's settings say; restore the file from a backup or index its passages again"
            )
        }
    }

    init() {}
}
