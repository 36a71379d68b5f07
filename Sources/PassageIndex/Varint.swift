import GRDBSQLite

/// SQLite's variable-length integers (https://www.sqlite.org/fileformat2.html#varint).
enum Varint {
    /// Reads one and steps over it; 0 where there are no bytes.
    static func read(_ bytes: UnsafeRawBufferPointer, at position: inout Int) -> Int {
        var value: UInt64 = 0
        for place in 0..<9 where position < bytes.count {
            let byte = bytes[position]
            position += 1
            if place == 8 {
                value = value << 8 | UInt64(byte)
            } else {
                value = value << 7 | UInt64(byte & 0x7F)
                if byte & 0x80 == 0 { break }
            }
        }
        return Int(truncatingIfNeeded: value)
    }

    /// The first one in a column of a row.
    static func column(_ column: Int32, of row: OpaquePointer) -> Int {
        let bytes = UnsafeRawBufferPointer(
            start: sqlite3_column_blob(row, column), count: Int(sqlite3_column_bytes(row, column)))
        var position = 0
        return read(bytes, at: &position)
    }
}
