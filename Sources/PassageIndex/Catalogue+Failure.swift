import Foundation
import GRDB
import GRDBSQLite

extension Catalogue {
    /// What a failure of SQLite, or of reading what it holds, says of an index: the one place where its codes become
    /// kinds. An index is called damaged only where its bytes are not what was written.
    ///
    /// - Parameter what: what was not done, in words before the reason.
    static func failure(_ folder: IndexFolder, _ what: String, _ error: any Error) -> IndexError {
        let reason = failure(folder, error)
        return IndexError(reason.kind, reason.path, "\(what): \(reason.message)")
    }

    /// The same without words of one's own.
    static func failure(_ folder: IndexFolder, _ error: any Error) -> IndexError {
        if let error = error as? IndexError { return error }
        if let damage = CheckedPages.damage(folder, error) { return damage }
        let path = folder.catalogue
        let remedy = "; run `passerine verify --index \(folder.name)`"
        if error is DecodingError || error is RowDecodingError {
            return IndexError(.damaged, path, "holds values that this program does not write" + remedy)
        }
        guard let error = error as? DatabaseError else {
            return IndexError(.failed, path, "cannot be used (\(type(of: error)))")
        }
        let words = words(error)
        switch error.extendedResultCode {
        case .SQLITE_IOERR_SHORT_READ, .SQLITE_IOERR_CORRUPTFS:
            return IndexError(.damaged, path, "is cut short (\(words))" + remedy)
        case .SQLITE_IOERR_NOMEM: return short("memory", path)
        case .SQLITE_IOERR_SHMMAP, .SQLITE_IOERR_SHMLOCK, .SQLITE_READONLY_DBMOVED:
            return IndexError(.replaced, path, "the index's files were changed while it was open; try again (\(words))")
        default: break
        }
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return IndexError(.damaged, path, "cannot be used (\(words))" + remedy)
        case .SQLITE_CANTOPEN: return unopened(folder, words)
        case .SQLITE_NOMEM: return short("memory", path)
        case .SQLITE_FULL: return IndexError(.io, path, "the disk is full")
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL, .SQLITE_INTERRUPT, .SQLITE_ABORT:
            return IndexError(.busy, path, "the index is in use; try again later (\(words))")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            return IndexError(.io, path, "cannot be written (\(words))")
        // An index that is dropped while it is opened.
        case .SQLITE_IOERR where access(path, F_OK) != 0 && errno == ENOENT: return unopened(folder, words)
        case .SQLITE_IOERR, .SQLITE_NOLFS: return IndexError(.io, path, "the disk refuses (\(words))")
        case .SQLITE_TOOBIG:
            return IndexError(.invalid, path, "what is asked for is too large for SQLite")
        case .SQLITE_ERROR where isOfTables(error):
            return IndexError(.damaged, path, "has other tables than this program makes" + remedy)
        default: return IndexError(.failed, path, "SQLite refused a statement (\(words))")
        }
    }

    /// Whether an error comes from SQLite, or from values in the catalogue that are not what they should be.
    static func isOfCatalogue(_ error: any Error) -> Bool {
        error is DatabaseError || error is RowDecodingError || error is DecodingError
    }

    /// Runs `body` with failures of the catalogue in words. Throws `IndexError`, and what else `body` throws.
    static func inWords<Result>(_ folder: IndexFolder, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch  where isOfCatalogue(error) {
            throw failure(folder, error)
        }
    }

    /// A file that is there and may be opened cannot be opened for want of descriptors or memory alone.
    private static func unopened(_ folder: IndexFolder, _ words: String) -> IndexError {
        let path = folder.catalogue
        if access(path, F_OK) != 0, errno == ENOENT {
            guard access(folder.settings, F_OK) == 0 else {
                return IndexError(.missing, folder.path, "there is no index here")
            }
            // Another index may have come since, whose settings come last.
            return access(path, F_OK) == 0
                ? IndexError(.replaced, path, "was made anew while it was opened; try again")
                : IndexError(.damaged, path, "is missing; restore the index from a backup")
        }
        guard access(path, R_OK) == 0 else { return IndexError(.io, path, "must not be read (\(words))") }
        return short("descriptors", path)
    }

    private static func short(_ what: String, _ path: String) -> IndexError {
        IndexError(.busy, path, "cannot be opened now, the process has too few \(what) left; try again later")
    }

    /// Whether a statement failed because tables or columns are not there.
    private static func isOfTables(_ error: DatabaseError) -> Bool {
        ["no such table", "no such column", "no such module", "malformed", "integer overflow"].contains {
            error.message?.hasPrefix($0) ?? false
        }
    }

    /// What SQLite says, with the code that tells one failure of the system from another; never the statement, which may
    /// hold what a user sent.
    private static func words(_ error: DatabaseError) -> String {
        "SQLite error \(error.extendedResultCode.rawValue): \(error.message ?? "no reason given")"
    }
}
