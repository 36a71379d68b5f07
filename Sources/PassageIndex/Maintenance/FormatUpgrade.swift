import CCheckedPages
import Foundation
import GRDB

/// Brings an index that an older build has written to the present format, in one step.
public enum FormatUpgrade {
    /// Upgrades an index where it needs it. Throws `IndexError`.
    ///
    /// - Returns: the format that it had.
    @discardableResult
    public static func run(_ folder: IndexFolder) throws -> Int {
        guard folder.exists else { throw IndexError(.missing, folder.path, "there is no index here") }
        try Catalogue.requireCatalogue(folder)
        let lock = try WriterLock(folder)
        return try withExtendedLifetime(lock) { try upgrade(folder) }
    }

    /// The same for who holds the writer's lock.
    ///
    /// The catalogue is copied into a file whose pages have checksums, which then takes its place; `index.json` comes
    /// first, so that older builds refuse, and the catalogue's file tells whether the upgrade is done.
    static func upgrade(_ folder: IndexFolder) throws -> Int {
        let copy = folder.catalogue + ".new"
        for remains in [copy, copy + "-journal"] { unlink(remains) }
        guard CheckedPages.areMissing(in: folder.catalogue) else { return IndexSettings.currentFormat }
        do {
            let queue = try CheckedPages.openPlain(folder.catalogue)
            let format = try queue.read { try Catalogue.format($0) }
            guard format > 0 else {
                throw IndexError(.damaged, folder.catalogue, "has no tables; restore the index from a backup")
            }
            var settings = try queue.read { try IndexSettings.stored(in: $0) } ?? IndexSettings.readCopy(folder)
            settings.format = IndexSettings.currentFormat
            try settings.write(to: folder)
            try queue.write { database in
                if format == 1 { try upgradeTables(database) }
                try settings.store(in: database)
                if var next = try IndexSettings.stored(in: database, as: "next") {
                    next.format = IndexSettings.currentFormat
                    try next.store(in: database, as: "next")
                }
                try Catalogue.fitFullTextToPages(database)
                try database.execute(sql: "INSERT INTO lexical(lexical) VALUES('rebuild')")
                try Faults.check(.commit, folder.catalogue)
            }
            try seal(queue, into: copy)
            try queue.close()
            try DurableFile.sync(copy)
            try DurableFile.publish(copy, as: folder.catalogue)
            return format
        } catch {
            unlink(copy)
            throw error as? IndexError
                ?? IndexError(.io, folder.catalogue, "cannot be upgraded, and no passage has changed: \(error)")
        }
    }

    /// Copies a database into one whose pages have checksums, and leaves nothing of it in a log.
    private static func seal(_ queue: DatabaseQueue, into copy: String) throws {
        try queue.writeWithoutTransaction { database in
            // Nobody may go on with the log of a file that another has replaced; this fails where it is in use.
            guard try String.fetchOne(database, sql: "PRAGMA journal_mode = DELETE") == "delete" else {
                throw DatabaseError(resultCode: .SQLITE_BUSY, message: "another process has it open")
            }
            try CheckedPages.reserveBytes(in: database)
            try database.execute(sql: "VACUUM INTO ?", arguments: [Catalogue.uri(copy, "vfs=\(CP_VFS)")])
        }
    }

    /// Format 1 had the placements among the passages and did not count what lives.
    private static func upgradeTables(_ database: Database) throws {
        try database.execute(sql: "ALTER TABLE segments RENAME TO segments_1")
        try Catalogue.createTables(database)
        try database.execute(
            sql: """
                INSERT INTO placements(number, segment, first_window, windows)
                SELECT number, segment, first_window, windows FROM passages WHERE segment IS NOT NULL ORDER BY number;
                INSERT INTO segments(
                    number, edition, first_passage, last_passage, passages, windows, bytes, checksum, live, live_windows)
                SELECT s.number, 0, coalesce(p.first, 0), coalesce(p.last, 0), s.passages, s.windows, s.bytes, s.checksum,
                    coalesce(p.live, 0), coalesce(p.live_windows, 0)
                FROM segments_1 s LEFT JOIN (
                    SELECT segment, min(number) AS first, max(number) AS last, count(*) AS live,
                        sum(windows) AS live_windows
                    FROM placements GROUP BY segment) p ON p.segment = s.number;
                DROP TABLE segments_1;
                """)
        // The passages' own columns for it stay, unused: taking them out would write every text again.
    }
}
