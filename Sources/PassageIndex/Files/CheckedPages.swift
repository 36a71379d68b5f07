import CCheckedPages
import Foundation
import GRDB
import GRDBSQLite

/// The checksum that every page of a catalogue carries, so that a damaged page is an error and never an answer.
///
/// Pages are checked when SQLite reads them, those that it maps when it first touches them, and those in the write-ahead
/// log by the checksums that are there anyway; `CCheckedPages` has the details.
enum CheckedPages {
    /// Lets every database of this process have its pages checked. Throws `IndexError`.
    static func register() throws {
        let code = cp_register()
        guard code == SQLITE_OK else {
            throw IndexError(.io, "SQLite", "has no file system that pages can be checked in (error \(code))")
        }
    }

    /// Makes room for the checksums in a database that is new; others have it, or have not.
    static func reserveBytes(in database: Database) throws {
        try database.execute(sql: "PRAGMA page_size = \(CP_PAGE_BYTES)")
        var bytes = CP_RESERVED_BYTES
        let code = sqlite3_file_control(database.sqliteConnection, "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes)
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }

    /// Opens a database of an older format, whose pages have no checksums.
    static func openPlain(_ path: String) throws -> DatabaseQueue {
        let name = cp_plain_vfs().map { String(cString: $0) } ?? "unix"
        return try openForUpgrade(Catalogue.uri(path, "vfs=\(name)"))
    }

    /// Opens a database whose pages have checksums, whatever its format.
    static func openSealed(_ path: String) throws -> DatabaseQueue { try openForUpgrade(path) }

    private static func openForUpgrade(_ path: String) throws -> DatabaseQueue {
        try register()
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase(WordTokenizer.addToUpgrade)
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Whether a file is a database whose pages have no checksums. One that lost them by damage is none.
    static func areMissing(in path: String) -> Bool {
        let bytes = Int(CP_PAGE_BYTES)
        guard let file = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? file.close() }
        guard let content = try? file.read(upToCount: bytes), content.count == bytes else { return false }
        var page = [UInt8](content)
        guard page.starts(with: "SQLite format 3\0".utf8), page[20] != UInt8(CP_RESERVED_BYTES) else { return false }
        page[20] = UInt8(CP_RESERVED_BYTES)
        return cp_page_is_sound(page, 1) == 0
    }

    /// What is damaged where a read failed for that reason, and what to do; `nil` for any other error.
    static func damage(_ folder: IndexFolder, _ error: any Error) -> IndexError? {
        guard let error = error as? DatabaseError, error.extendedResultCode.rawValue == CP_ERROR else {
            return nil
        }
        var number: UInt32 = 0
        let kind = resolved(folder.catalogue).map { cp_last_damage($0, &number) } ?? 0
        let remedy = "fails its checksum; restore the index from a backup, or index the corpus again"
        return switch UInt32(kind) {
        case CP_DAMAGED_PAGE.rawValue: IndexError(.damaged, folder.catalogue, "page \(number) \(remedy)")
        case CP_DAMAGED_FRAME.rawValue: IndexError(.damaged, folder.catalogue + "-wal", "frame \(number) \(remedy)")
        case CP_DAMAGED_LOG_HEADER.rawValue: IndexError(.damaged, folder.catalogue + "-wal", "the header \(remedy)")
        default: IndexError(.damaged, folder.catalogue, "a page \(remedy)")
        }
    }

    /// Numbers, from 1, of the first `limit` pages in a file that are damaged. Throws `IndexError`.
    static func damagedPages(in path: String, limit: Int) throws -> [Int] {
        guard let file = FileHandle(forReadingAtPath: path) else { throw DurableFile.failure("cannot be opened", path) }
        defer { try? file.close() }
        let size = Int(CP_PAGE_BYTES)
        var damaged: [Int] = []
        var page = [UInt8](repeating: 0, count: size)
        for number in 1... where damaged.count < limit {
            // A page may be written at this moment; then it is whole the next time.
            for attempt in 0..<4 {
                if attempt > 0 { usleep(20_000) }
                let count = page.withUnsafeMutableBytes {
                    pread(file.fileDescriptor, $0.baseAddress, size, off_t((number - 1) * size))
                }
                guard count >= 0 else { throw DurableFile.failure("cannot be read", path) }
                if count == 0 { return damaged }
                if count == size, cp_page_is_sound(page, UInt32(truncatingIfNeeded: number)) != 0 { break }
                if attempt == 3 { damaged.append(number) }
            }
        }
        return damaged
    }

    /// The path as SQLite knows it: absolute, without symbolic links.
    private static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
