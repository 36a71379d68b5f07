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
    static func upgrade(_ folder: IndexFolder) throws -> Int {
        let pool = try Catalogue.open(folder, readonly: false, readers: 1)
        guard try pool.read({ try Catalogue.format($0) }) == 1 else { return IndexSettings.currentFormat }
        var settings = try IndexSettings.readCopy(folder)
        settings.format = IndexSettings.currentFormat
        // From here on older builds refuse the index; this one sees by the catalogue that the upgrade is not done.
        try settings.write(to: folder)
        do {
            try Catalogue.commit(pool, folder) { try upgradeFromOne($0, settings: settings) }
        } catch {
            throw IndexError(.io, folder.catalogue, "cannot be upgraded, and nothing has changed: \(error)")
        }
        return 1
    }

    /// Format 1 had the placements among the passages and did not count what lives.
    private static func upgradeFromOne(_ database: Database, settings: IndexSettings) throws {
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
        try settings.store(in: database)
    }
}
