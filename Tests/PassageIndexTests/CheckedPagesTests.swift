import CCheckedPages
import Foundation
import GRDB
import GRDBSQLite
import Testing

/// The checksums of SQLite's pages, under SQLite alone.
@Suite struct CheckedPagesTests {
    /// A write-ahead-logged database of checked pages, with so small a cache that transactions spill.
    private func pool(_ scratch: Scratch) throws -> DatabasePool {
        try #require(cp_register() == SQLITE_OK)
        var configuration = Configuration()
        configuration.maximumReaderCount = 2
        configuration.prepareDatabase { database in
            var reserved = CP_RESERVED_BYTES
            sqlite3_file_control(database.sqliteConnection, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved)
            try database.execute(sql: "PRAGMA cache_size = 12; PRAGMA mmap_size = 1048576")
        }
        return try DatabasePool(path: scratch.path + "/checked.sqlite", configuration: configuration)
    }

    private func unsoundPages(_ scratch: Scratch) throws -> [Int] {
        let content = try Data(contentsOf: URL(fileURLWithPath: scratch.path + "/checked.sqlite"))
        #expect(content.count % Int(CP_PAGE_BYTES) == 0)
        return (0..<content.count / Int(CP_PAGE_BYTES)).filter { index in
            let page = [UInt8](content[index * Int(CP_PAGE_BYTES)..<(index + 1) * Int(CP_PAGE_BYTES)])
            return cp_page_is_sound(page, UInt32(index + 1)) == 0
        }
    }

    @Test func transactionsThatSpillAndRollBackLeaveEveryPageSound() throws {
        let scratch = try Scratch()
        var expected: [Int: String] = [:]
        do {
            let pool = try pool(scratch)
            try pool.write {
                try $0.execute(sql: "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT); CREATE INDEX i ON t(b)")
            }
            var state: UInt64 = 3
            func next(_ bound: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int(state >> 33) % bound
            }
            for round in 0..<30 {
                var changed = expected
                try pool.writeWithoutTransaction { database in
                    try database.inTransaction {
                        for part in 0..<3 {
                            let before = changed
                            try database.inSavepoint {
                                for _ in 0..<150 {
                                    let (key, text) = (
                                        next(800), String(repeating: "\(next(1_000_000)) ", count: 1 + next(900))
                                    )
                                    try database.execute(
                                        sql: "INSERT OR REPLACE INTO t VALUES(?, ?)", arguments: [key, text])
                                    changed[key] = text
                                }
                                if part == 1 && round % 3 == 0 { changed = before }
                                return part == 1 && round % 3 == 0 ? .rollback : .commit
                            }
                            // What the transaction itself has spilled is read again.
                            let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM t WHERE b >= ''")
                            #expect(count == changed.count)
                        }
                        return round % 5 == 4 ? .rollback : .commit
                    }
                }
                if round % 5 != 4 { expected = changed }
                let found = try pool.read { database in
                    try Row.fetchAll(database, sql: "SELECT a, b FROM t").map { ($0[0] as Int, $0[1] as String) }
                }
                #expect(Dictionary(uniqueKeysWithValues: found) == expected, "round \(round)")
                if round == 15 {
                    try pool.write { try $0.execute(sql: "DELETE FROM t WHERE a % 2 = 0") }
                    expected = expected.filter { $0.key % 2 != 0 }
                }
            }
            try pool.writeWithoutTransaction { _ = try $0.checkpoint(.passive) }
            #expect(try pool.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
            try pool.close()
        }
        #expect(try unsoundPages(scratch) == [])
    }

    @Test func aCopyByBackupHasEveryPageSound() throws {
        let scratch = try Scratch()
        let copy = try Scratch()
        let pool = try pool(scratch)
        try pool.write { try $0.execute(sql: "CREATE TABLE t(b)") }
        for number in 0..<200 {
            try pool.write {
                try $0.execute(sql: "INSERT INTO t VALUES(?)", arguments: [String(repeating: "\(number)", count: 3000)])
            }
        }
        let target = try DatabaseQueue(path: copy.path + "/checked.sqlite")
        try pool.backup(to: target)
        try target.close()
        #expect(try unsoundPages(copy) == [])
        let found = try DatabaseQueue(path: copy.path + "/checked.sqlite").read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM t")
        }
        #expect(found == 200)
    }

    @Test func everyBitOfAPageCounts() {
        var page = (0..<Int(CP_PAGE_BYTES)).map { UInt8(truncatingIfNeeded: $0 * 7) }
        cp_seal_page(&page, 5)
        #expect(cp_page_is_sound(page, 5) != 0)
        #expect(cp_page_is_sound(page, 6) == 0)
        for bit in 0..<8 * page.count {
            page[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(cp_page_is_sound(page, 5) == 0)
            page[bit / 8] ^= 1 << UInt8(bit % 8)
        }
        #expect(cp_page_is_sound([UInt8](repeating: 0, count: Int(CP_PAGE_BYTES)), 5) == 0)
    }

    @Test func aDatabaseWithoutRoomForChecksumsIsNotTouched() throws {
        try #require(cp_register() == SQLITE_OK)
        let scratch = try Scratch()
        let path = scratch.path + "/plain.sqlite"
        let name = try #require(cp_plain_vfs().map { String(cString: $0) })
        let plain = try DatabaseQueue(path: "file:\(path)?vfs=\(name)")
        try plain.write { try $0.execute(sql: "CREATE TABLE t(b); INSERT INTO t VALUES('kept')") }
        try plain.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let error = #expect(throws: DatabaseError.self) {
            try DatabaseQueue(path: path).write { try $0.execute(sql: "INSERT INTO t VALUES('more')") }
        }
        #expect(error?.extendedResultCode.rawValue == CP_ERROR)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        // Nor is one made.
        #expect(throws: DatabaseError.self) {
            try DatabaseQueue(path: scratch.path + "/new.sqlite").write { try $0.execute(sql: "CREATE TABLE t(b)") }
        }
    }
}
