/// The directory of a zip archive whose entries are stored, not compressed, as PyTorch writes it
/// (PKWARE APPNOTE 6.3, ZIP64 included).
package struct ZipArchive {
    private static let maximumEntries = 100_000
    private static let endLength = 22

    package let path: String
    private let file: MappedFile
    private var ranges: [String: Range<Int>] = [:]
    /// What each entry takes up, its own header included.
    private var extents: [Range<Int>] = []

    /// Reads and checks the directory: every entry lies in the file before the directory and none overlaps another.
    ///
    /// - Throws: `CheckpointError`.
    package init(_ file: MappedFile) throws {
        self.file = file
        path = file.path
        guard file.bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) else {
            throw CheckpointError(
                path, "is no zip archive, so no checkpoint of PyTorch 1.6 or later",
                remedy: "load it in PyTorch and save it again, best as model.safetensors")
        }
        let directory = try self.directory()
        var position = directory.range.lowerBound
        for _ in 0..<directory.entries { position = try readEntry(at: position, directory.range) }
        guard position == directory.range.upperBound else {
            throw failure("its directory does not end where it should")
        }
        var end = 0
        for extent in extents.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
            guard extent.lowerBound >= end else { throw failure("two of its entries overlap") }
            end = extent.upperBound
        }
    }

    /// The entries' names, sorted.
    package var names: [String] { ranges.keys.sorted() }

    /// Where an entry's bytes lie in the file.
    package func range(of name: String) -> Range<Int>? { ranges[name] }

    /// An entry's bytes, valid as long as the mapped file is.
    package func bytes(of name: String) -> UnsafeRawBufferPointer? {
        ranges[name].map { UnsafeRawBufferPointer(rebasing: file.bytes[$0]) }
    }

    private func failure(_ message: String) -> CheckpointError {
        CheckpointError(path, "the zip archive is damaged or cut short: \(message)", remedy: "fetch the file again")
    }

    /// A little-endian number of the file, which must fit an `Int`.
    private func number<Bits: FixedWidthInteger & BitwiseCopyable>(_ type: Bits.Type, at offset: Int) throws -> Int {
        guard offset >= 0, offset <= file.bytes.count - MemoryLayout<Bits>.size else {
            throw failure("a field lies outside the file")
        }
        let bits = Bits(littleEndian: file.bytes.loadUnaligned(fromByteOffset: offset, as: type))
        guard let number = Int(exactly: bits) else { throw failure("a size or offset is larger than any file") }
        return number
    }

    /// Where the directory lies, and how many entries it has.
    private func directory() throws -> (range: Range<Int>, entries: Int) {
        let end = try endRecord()
        var entries = try number(UInt16.self, at: end + 10)
        var length = try number(UInt32.self, at: end + 12)
        var start = try number(UInt32.self, at: end + 16)
        var limit = end
        let locator = end - 20
        if locator >= 0, try number(UInt32.self, at: locator) == 0x0706_4B50 {
            let record = try number(UInt64.self, at: locator + 8)
            guard record <= locator - 56, try number(UInt32.self, at: record) == 0x0606_4B50 else {
                throw failure("its ZIP64 end record is not where it should be")
            }
            entries = try number(UInt64.self, at: record + 32)
            length = try number(UInt64.self, at: record + 40)
            start = try number(UInt64.self, at: record + 48)
            limit = record
        }
        guard entries <= Self.maximumEntries else {
            throw failure("it has \(entries) entries, more than the \(Self.maximumEntries) allowed")
        }
        guard start <= limit, length <= limit - start else { throw failure("its directory lies outside the file") }
        return (start..<start + length, entries)
    }

    /// The offset of the end-of-directory record, which only a comment of up to 65,535 bytes may follow.
    private func endRecord() throws -> Int {
        let last = file.bytes.count - Self.endLength
        guard last >= 0 else { throw failure("it has no end record") }
        for offset in stride(from: last, through: max(0, last - 0xFFFF), by: -1) {
            guard try number(UInt32.self, at: offset) == 0x0605_4B50 else { continue }
            if try number(UInt16.self, at: offset + 20) == last - offset { return offset }
        }
        throw failure("it has no end record")
    }

    /// Reads the directory's entry at `position` and returns where the next one begins.
    private mutating func readEntry(at position: Int, _ directory: Range<Int>) throws -> Int {
        guard position <= directory.upperBound - 46, try number(UInt32.self, at: position) == 0x0201_4B50 else {
            throw failure("its directory has fewer entries than it says")
        }
        let nameLength = try number(UInt16.self, at: position + 28)
        let extraLength = try number(UInt16.self, at: position + 30)
        let next = try position + 46 + nameLength + extraLength + number(UInt16.self, at: position + 32)
        guard next <= directory.upperBound else { throw failure("an entry reaches over the directory's end") }
        let nameRange = position + 46..<position + 46 + nameLength
        guard let name = String(validating: file.bytes[nameRange], as: UTF8.self), !name.isEmpty else {
            throw failure("an entry's name is no UTF-8")
        }
        guard try number(UInt16.self, at: position + 8) & 1 == 0 else {
            throw CheckpointError(path, "the entry \(CheckpointError.quoted(name)) is encrypted")
        }
        guard try number(UInt16.self, at: position + 10) == 0 else {
            throw CheckpointError(
                path, "the entry \(CheckpointError.quoted(name)) is compressed, where PyTorch stores",
                remedy: "load it in PyTorch and save it again, best as model.safetensors")
        }
        let (header, range) = try dataRange(of: name, at: position, extra: nameRange.upperBound, extraLength)
        guard range.upperBound <= directory.lowerBound else {
            throw failure("the entry \(CheckpointError.quoted(name)) reaches into the directory or over the file's end")
        }
        guard ranges.updateValue(range, forKey: name) == nil else {
            throw failure("the entry \(CheckpointError.quoted(name)) is there twice")
        }
        extents.append(header..<range.upperBound)
        return next
    }

    /// Where the own header of the entry described at `position` lies, and where its bytes do.
    private func dataRange(
        of name: String, at position: Int, extra: Int, _ extraLength: Int
    ) throws -> (header: Int, data: Range<Int>) {
        var fields = [
            try number(UInt32.self, at: position + 24), try number(UInt32.self, at: position + 20),
            try number(UInt32.self, at: position + 42),
        ]
        if fields.contains(0xFFFF_FFFF) { try readZip64(&fields, extra: extra, extraLength) }
        let (size, stored, header) = (fields[0], fields[1], fields[2])
        guard size == stored else {
            throw failure("the entry \(CheckpointError.quoted(name)) states two sizes, \(stored) and \(size)")
        }
        guard try number(UInt32.self, at: header) == 0x0403_4B50 else {
            throw failure("the entry \(CheckpointError.quoted(name)) is not where the directory says")
        }
        let nameLength = try number(UInt16.self, at: header + 26)
        let start = try header + 30 + nameLength + number(UInt16.self, at: header + 28)
        guard start <= file.bytes.count, size <= file.bytes.count - start else {
            throw failure("the entry \(CheckpointError.quoted(name)) reaches over the file's end")
        }
        guard file.bytes[header + 30..<header + 30 + nameLength].elementsEqual(name.utf8) else {
            throw failure("the entry \(CheckpointError.quoted(name)) has another name in its own header")
        }
        return (header, start..<start + size)
    }

    /// Replaces fields of all ones by those of the ZIP64 extra field, which holds them in the same order.
    private func readZip64(_ fields: inout [Int], extra: Int, _ extraLength: Int) throws {
        var position = extra
        let end = extra + extraLength
        while position <= end - 4 {
            let length = try number(UInt16.self, at: position + 2)
            guard length <= end - position - 4 else { break }
            guard try number(UInt16.self, at: position) == 1 else {
                position += 4 + length
                continue
            }
            var value = position + 4
            for index in fields.indices where fields[index] == 0xFFFF_FFFF {
                guard value + 8 <= position + 4 + length else { throw failure("a ZIP64 field is too short") }
                fields[index] = try number(UInt64.self, at: value)
                value += 8
            }
            return
        }
        throw failure("a ZIP64 field is missing")
    }
}
