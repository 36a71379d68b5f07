import CCheckedPages
import Foundation
import GRDBSQLite

/// Changes what rows of a catalogue hold, and its schema, through SQLite, which writes pages with right checksums.
final class CatalogueChange {
    private var connection: OpaquePointer?

    /// Opens a catalogue; `nil` where SQLite cannot.
    init?(path: String) {
        guard cp_register() == SQLITE_OK,
            sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK
        else { return nil }
        // What was changed before must not make a statement here go on for ever.
        sqlite3_progress_handler(connection, 1_000_000, { _ in 1 }, nil)
        run("PRAGMA synchronous = OFF; PRAGMA writable_schema = ON")
    }

    deinit {
        run("PRAGMA wal_checkpoint(TRUNCATE)")
        sqlite3_close_v2(connection)
    }

    /// Runs a statement; what SQLite refuses is not done.
    @discardableResult
    func run(_ sql: String, _ values: [Value] = []) -> Bool {
        guard !values.isEmpty else { return sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK }
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK else { return false }
        defer { sqlite3_finalize(statement) }
        for (position, value) in values.enumerated() { value.bind(to: statement, Int32(position + 1)) }
        return sqlite3_step(statement) == SQLITE_DONE
    }

    /// What a column holds.
    enum Value {
        case null
        case integer(Int64)
        case real(Double)
        case text([UInt8])
        case blob([UInt8])

        private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

        init(_ statement: OpaquePointer?, _ column: Int32) {
            switch sqlite3_column_type(statement, column) {
            case SQLITE_INTEGER: self = .integer(sqlite3_column_int64(statement, column))
            case SQLITE_FLOAT: self = .real(sqlite3_column_double(statement, column))
            case SQLITE_TEXT: self = .text(Self.bytes(statement, column))
            case SQLITE_BLOB: self = .blob(Self.bytes(statement, column))
            default: self = .null
            }
        }

        private static func bytes(_ statement: OpaquePointer?, _ column: Int32) -> [UInt8] {
            let bytes = sqlite3_column_blob(statement, column)
            return Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(statement, column))))
        }

        func bind(to statement: OpaquePointer?, _ position: Int32) {
            switch self {
            case .null: sqlite3_bind_null(statement, position)
            case .integer(let number): sqlite3_bind_int64(statement, position, number)
            case .real(let number): sqlite3_bind_double(statement, position, number)
            case .text(let bytes):
                bytes.withUnsafeBytes {
                    _ = sqlite3_bind_text(
                        statement, position, $0.bindMemory(to: CChar.self).baseAddress, Int32($0.count), Self.transient)
                }
            case .blob(let bytes):
                bytes.withUnsafeBytes {
                    _ = sqlite3_bind_blob(statement, position, $0.baseAddress, Int32($0.count), Self.transient)
                }
            }
        }

        /// A neighbour of it, or a value of another kind.
        func changed(_ script: inout Script) -> Value {
            switch (script.choose(12), self) {
            case (0, _): return .null
            case (1, _): return .real([0.5, -1, 1e300, -0.0, .infinity, 9.3e18][script.choose(6)])
            case (2, _):
                return .text(
                    Array(["", "x", "0", "1e3", "9223372036854775808", "{}", "\u{FEFF}", "é"][script.choose(8)].utf8))
            case (3, _): return .blob([0xFF, 0x00, 0xC0][..<script.choose(4)].map { $0 })
            case (_, .integer(let number)):
                return .integer(Int64(bitPattern: script.integer(near: UInt64(bitPattern: number))))
            case (_, .text(let bytes)): return .text(Self.changed(bytes, &script))
            case (_, .blob(let bytes)): return .blob(Self.changed(bytes, &script))
            default: return .integer(Int64(bitPattern: script.integer(near: 0)))
            }
        }

        private static func changed(_ old: [UInt8], _ script: inout Script) -> [UInt8] {
            var bytes = old
            let place = script.place(in: bytes.count)
            switch script.choose(8) {
            case 0: bytes.removeSubrange(place...)
            case 1: bytes.insert(script.byte(), at: place)
            case 2: if !bytes.isEmpty { bytes.remove(at: place) }
            case 3: bytes += bytes[place...]
            case 4:
                // The whole number that stands there, in JSON, is another.
                let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
                guard let start = bytes[place...].firstIndex(where: digits.contains) else { return bytes }
                let end = bytes[start...].firstIndex { !digits.contains($0) } ?? bytes.endIndex
                let number = String(decoding: bytes[start..<end], as: UTF8.self)
                bytes.replaceSubrange(start..<end, with: "\(script.integer(near: UInt64(number) ?? 0))".utf8)
            default: if !bytes.isEmpty { bytes[place] = script.byte() }
            }
            return bytes
        }
    }

    private func rows(_ sql: String, columns: Int32) -> [[Value]] {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK else { return [] }
        defer { sqlite3_finalize(statement) }
        var rows: [[Value]] = []
        while sqlite3_step(statement) == SQLITE_ROW, rows.count < 500 {
            rows.append((0..<columns).map { Value(statement, $0) })
        }
        return rows
    }

    private func names(_ sql: String) -> [String] {
        rows(sql, columns: 1).map {
            if case .text(let bytes) = $0[0] { String(decoding: bytes, as: UTF8.self) } else { "" }
        }
    }

    private func quoted(_ name: String) -> String { "\"" + name.replacingOccurrences(of: "\"", with: "\"\"") + "\"" }

    /// Changes one value, one row or the schema.
    func change(_ script: inout Script) {
        let tables =
            names("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name") + [
                "sqlite_schema"
            ]
        guard let name = script.element(of: tables) else { return }
        let columns = names("SELECT name FROM pragma_table_info('\(name.replacingOccurrences(of: "'", with: "''"))')")
        guard let column = script.element(of: columns).map(quoted) else { return }
        let table = quoted(name)
        let values = rows("SELECT \(column) FROM \(table)", columns: 1).map { $0[0] }
        guard let old = script.element(of: values) else { return }
        switch script.choose(12) {
        case 0: run("DELETE FROM \(table) WHERE \(column) IS ?", [old])
        case 1:
            let list = columns.map { quoted($0) == column ? "?1" : quoted($0) }.joined(separator: ", ")
            run(
                "INSERT OR REPLACE INTO \(table) SELECT \(list) FROM \(table) WHERE \(column) IS ?2",
                [old.changed(&script), old])
        case 2 where script.choose(4) == 0: run("DROP TABLE \(table)")
        case 3 where script.choose(4) == 0: run("UPDATE \(table) SET \(column) = ?", [old.changed(&script)])
        case 4 where script.choose(4) == 0:
            run("PRAGMA user_version = \(Int32(truncatingIfNeeded: script.integer(near: 3)))")
        default: run("UPDATE OR REPLACE \(table) SET \(column) = ? WHERE \(column) IS ?", [old.changed(&script), old])
        }
    }

    /// Names a segment by another checksum of its checksums.
    func setChecksum(_ checksum: UInt32, ofSegment number: Int) {
        run("UPDATE segments SET checksum = ? WHERE number = ?", [.integer(Int64(checksum)), .integer(Int64(number))])
    }
}
