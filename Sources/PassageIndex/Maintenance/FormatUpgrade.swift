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
    /// `index.json` comes first, so that older builds refuse; the catalogue tells whether the upgrade is done. Where its
    /// pages have no checksums it is copied into a file whose pages have them, which then takes its place.
    static func upgrade(_ folder: IndexFolder) throws -> Int {
        let copy = folder.catalogue + ".new"
        for remains in [copy, copy + "-journal"] { unlink(remains) }
        let isPlain = CheckedPages.areMissing(in: folder.catalogue)
        let (queue, format) = try openAny(folder, isPlain: isPlain)
        guard format > 0 else {
            throw IndexError(.damaged, folder.catalogue, "has no tables; restore the index from a backup")
        }
        do {
            guard format < IndexSettings.currentFormat else {
                try queue.close()
                return IndexSettings.currentFormat
            }
            try leaveLog(queue)
            if !isPlain { try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = WAL") } }
            try upgrade(queue, from: format, folder)
            if isPlain {
                try leaveLog(queue)
                try seal(queue, into: copy)
            }
            try queue.close()
            if isPlain {
                try DurableFile.sync(copy)
                try DurableFile.publish(copy, as: folder.catalogue)
            }
            // Postings of the old terms; their version would be refused as well.
            try? FileManager.default.removeItem(atPath: folder.derived)
            return format
        } catch {
            unlink(copy)
            throw error as? IndexError ?? CheckedPages.damage(folder, error)
                ?? IndexError(.io, folder.catalogue, "cannot be upgraded, and no passage has changed: \(error)")
        }
    }

    /// Upgrades what a catalogue without `index.json` holds; false where it holds nothing.
    static func upgradeWhatIsThere(_ folder: IndexFolder) throws -> Bool {
        let (queue, format) = try openAny(folder, isPlain: CheckedPages.areMissing(in: folder.catalogue))
        try queue.close()
        guard format > 0 else { return false }
        _ = try upgrade(folder)
        return true
    }

    /// Opens a catalogue of any format, with the format that it has, 0 for none.
    private static func openAny(_ folder: IndexFolder, isPlain: Bool) throws -> (DatabaseQueue, format: Int) {
        do {
            let queue =
                try isPlain ? CheckedPages.openPlain(folder.catalogue) : CheckedPages.openSealed(folder.catalogue)
            let format = try queue.read { try Catalogue.format($0) }
            // Format 2 and no checksums: an upgrade was interrupted before the copy had its name.
            return (queue, isPlain ? min(format, 2) : format)
        } catch {
            throw error as? IndexError ?? Catalogue.damaged(folder, error)
        }
    }

    /// Takes what is in the log into the database. Nobody may go on with the log of a file that another has replaced, nor
    /// with tables whose terms are others; this fails where it is in use.
    private static func leaveLog(_ queue: DatabaseQueue) throws {
        try queue.writeWithoutTransaction { database in
            guard try String.fetchOne(database, sql: "PRAGMA journal_mode = DELETE") == "delete" else {
                throw DatabaseError(resultCode: .SQLITE_BUSY, message: "another process has it open")
            }
        }
    }

    /// Changes tables and settings, and builds the full-text index anew from the texts, in one transaction.
    private static func upgrade(_ queue: DatabaseQueue, from format: Int, _ folder: IndexFolder) throws {
        var settings = try queue.read { try IndexSettings.stored(in: $0) } ?? IndexSettings.readCopy(folder)
        settings.format = IndexSettings.currentFormat
        try settings.write(to: folder)
        try queue.write { database in
            if format == 1, try !database.tableExists("settings") { try upgradeTables(database) }
            try settings.store(in: database)
            if var next = try IndexSettings.stored(in: database, as: "next") {
                next.format = IndexSettings.currentFormat
                try next.store(in: database, as: "next")
            }
            try database.execute(sql: "DROP TABLE IF EXISTS lexical_instances; DROP TABLE lexical")
            try Catalogue.createFullText(settings.analysis, in: database)
            try database.execute(sql: "INSERT INTO lexical(lexical) VALUES('rebuild')")
            try Faults.check(.commit, folder.catalogue)
        }
    }

    /// Copies a database into one whose pages have checksums.
    private static func seal(_ queue: DatabaseQueue, into copy: String) throws {
        try queue.writeWithoutTransaction { database in
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
