import GRDB
import GRDBSQLite

extension Database {
    /// Steps through a statement's rows. For loops over millions of rows, which GRDB's own cursors make several times
    /// slower; `body` reads columns by SQLite's functions.
    func forEachRow(_ sql: String, _ arguments: StatementArguments, _ body: (OpaquePointer) throws -> Void) throws {
        let statement = try cachedStatement(sql: sql)
        try statement.setArguments(arguments)
        try forEachRow(of: statement, body)
    }

    /// The same for a statement that has its arguments.
    func forEachRow(of statement: Statement, _ body: (OpaquePointer) throws -> Void) throws {
        let handle = statement.sqliteStatement
        sqlite3_reset(handle)
        defer { sqlite3_reset(handle) }
        while true {
            let code = sqlite3_step(handle)
            guard code == SQLITE_ROW else {
                guard code == SQLITE_DONE else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
                return
            }
            try body(handle)
        }
    }
}
