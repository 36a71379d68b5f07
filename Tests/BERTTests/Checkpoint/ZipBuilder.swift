/// Writes zip archives of stored entries, sound ones and others.
struct ZipBuilder {
    struct Entry {
        var name: String
        var bytes: [UInt8]
        var method: UInt16 = 0
        var flags: UInt16 = 0
        /// The name in the entry's own header, where it differs.
        var localName: String?
        /// What the directory says, where it differs.
        var size: UInt32?
        var storedSize: UInt32?
        var offset: UInt32?
        /// Sizes and offset as a ZIP64 extra field, in this order; the plain fields are then all ones.
        var zip64: [UInt64]?
    }

    var entries: [Entry]
    /// What the end record says, where it differs.
    var count: UInt16?
    var directorySize: UInt32?
    var directoryOffset: UInt32?
    /// Whether the directory is found by a ZIP64 end record, as PyTorch writes it.
    var hasZip64End = false
    var zip64Count: UInt64?
    var zip64DirectoryOffset: UInt64?
    var comment: [UInt8] = []

    init(_ entries: [Entry]) { self.entries = entries }

    /// An archive of the entries `archive/NAME`.
    init(_ files: KeyValuePairs<String, [UInt8]>) {
        entries = files.map { Entry(name: "archive/" + $0.key, bytes: $0.value) }
    }

    var bytes: [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            directory += header(entry, offset: file.count)
            let name = Array((entry.localName ?? entry.name).utf8)
            file +=
                word(0x0403_4B50) + [0, 0] + half(entry.flags) + half(entry.method) + [UInt8](repeating: 0, count: 16)
            file += half(UInt16(name.count)) + half(0) + name + entry.bytes
        }
        let start = file.count
        file += directory
        let shown: UInt32? = hasZip64End ? .max : nil
        if hasZip64End {
            let record = file.count
            let number = zip64Count ?? UInt64(entries.count)
            file += word(0x0606_4B50) + long(44) + [UInt8](repeating: 0, count: 12) + long(number) + long(number)
            file += long(UInt64(directory.count)) + long(zip64DirectoryOffset ?? UInt64(start))
            file += word(0x0706_4B50) + word(0) + long(UInt64(record)) + word(1)
        }
        let number = count ?? (hasZip64End ? .max : UInt16(entries.count))
        file += word(0x0605_4B50) + [0, 0, 0, 0] + half(number) + half(number)
        file +=
            word(directorySize ?? shown ?? UInt32(directory.count)) + word(directoryOffset ?? shown ?? UInt32(start))
        return file + half(UInt16(comment.count)) + comment
    }

    private func header(_ entry: Entry, offset: Int) -> [UInt8] {
        let extra = entry.zip64.map { half(1) + half(UInt16($0.count * 8)) + $0.flatMap(long) } ?? []
        let ones: UInt32? = entry.zip64 == nil ? nil : .max
        var header = word(0x0201_4B50) + [0, 0, 0, 0] + half(entry.flags) + half(entry.method)
        header += [UInt8](repeating: 0, count: 8)
        header += word(ones ?? entry.storedSize ?? entry.size ?? UInt32(entry.bytes.count))
        header += word(ones ?? entry.size ?? UInt32(entry.bytes.count))
        header += half(UInt16(entry.name.utf8.count)) + half(UInt16(extra.count)) + [UInt8](repeating: 0, count: 10)
        header += word(ones ?? entry.offset ?? UInt32(offset))
        return header + Array(entry.name.utf8) + extra
    }

    private func half(_ value: UInt16) -> [UInt8] { SafetensorsBuilder.littleEndian(value) }
    private func word(_ value: UInt32) -> [UInt8] { SafetensorsBuilder.littleEndian(value) }
    private func long(_ value: UInt64) -> [UInt8] { SafetensorsBuilder.littleEndian(value) }
}
