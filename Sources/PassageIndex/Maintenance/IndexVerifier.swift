import Foundation
import GRDB
import Ranking

/// Checks that an index holds together: every checksum, SQLite's and FTS5's own checks, and that they agree.
public struct IndexVerifier {
    /// What was looked at and what is wrong; sound where `problems` is empty.
    public struct Report: Codable, Sendable {
        public var passages = 0
        public var segments = 0
        public var bytes = 0
        /// Each says what, where and what to do.
        public var problems: [String] = []
        /// What is no harm but good to know: parts that could not be looked at, remains of a crash.
        public var notes: [String] = []

        public var isSound: Bool { problems.isEmpty }
    }

    /// Damaged pages of the catalogue that are named; where there are so many, there may be more.
    private static let damagedPagesNamed = 10

    private let folder: IndexFolder

    public init(_ folder: IndexFolder) { self.folder = folder }

    /// Checks everything. Throws `IndexError` only where there is no index at all.
    public func run() throws -> Report {
        guard folder.exists else {
            throw IndexError(.missing, folder.path, "there is no index here")
        }
        var report = Report()
        do {
            try Catalogue.requireCatalogue(folder)
            let settings = try IndexSettings.read(folder)
            if (try? IndexSettings.readCopy(folder)) != settings {
                report.notes.append(
                    "\(folder.settings): differs from the catalogue, which counts; the next writer writes it again")
            }
            try checkPages(into: &report)
            try checkFullText(into: &report)
            let pool = try Catalogue.open(folder, readonly: true, readers: 1)
            try pool.read { database in
                try checkCatalogue(database, into: &report)
                let stray = try DeclaredFields(names: settings.fields).strayElements(in: database)
                if stray > 0 {
                    report.problems.append(
                        "\(folder.catalogue): filters by declared fields would miss or invent \(stray) elements of arrays; "
                            + "restore the index from a backup")
                }
                try checkSegments(database, settings: settings, into: &report)
            }
        } catch {
            report.problems.append("\(CheckedPages.damage(folder, error) ?? error)")
        }
        return report
    }

    /// Reads every page of the catalogue's file. Those that a log has newer ones of may be in any state, and SQLite's own
    /// check, which follows, reads what counts.
    private func checkPages(into report: inout Report) throws {
        var log = stat()
        guard stat(folder.catalogue + "-wal", &log) != 0 || log.st_size == 0 else { return }
        for page in try CheckedPages.damagedPages(in: folder.catalogue, limit: Self.damagedPagesNamed) {
            report.problems.append(
                "\(folder.catalogue): page \(page) fails its checksum; restore the index from a backup")
        }
    }

    /// FTS5's check is written as an insertion, so it needs the writer's place, though nothing is changed.
    private func checkFullText(into report: inout Report) throws {
        guard !folder.isOnReadOnlyMedia, access(folder.path, W_OK) == 0 else {
            report.notes.append(
                "\(folder.catalogue): cannot be written, so the full-text index was not compared with the texts")
            return
        }
        let lock: WriterLock
        do {
            lock = try WriterLock(folder)
        } catch let error as IndexError where error.kind == .locked {
            report.notes.append(
                "\(error); so the full-text index was not compared with the texts: verify a backup for that, or later")
            return
        }
        defer { withExtendedLifetime(lock) {} }
        let pool = try Catalogue.open(folder, readonly: false, readers: 1)
        do {
            try pool.write { try $0.execute(sql: "INSERT INTO lexical(lexical, rank) VALUES('integrity-check', 1)") }
        } catch {
            report.problems.append(
                "\(folder.catalogue): the full-text index does not agree with the passages (\(error)); "
                    + "restore the index from a backup or index the corpus again")
        }
    }

    private func checkCatalogue(_ database: Database, into report: inout Report) throws {
        let words = try String.fetchAll(database, sql: "PRAGMA integrity_check")
        for word in words where word != "ok" {
            report.problems.append("\(folder.catalogue): SQLite finds: \(word); restore the index from a backup")
        }
        report.passages = try Int.fetchOne(database, sql: "SELECT count(*) FROM passages") ?? 0
        let counted = try LexicalIndex.Collection(database).passages
        if counted != report.passages {
            report.problems.append(
                "\(folder.catalogue): \(report.passages) passages, but the full-text index counts \(counted)")
        }
        if try Reindexing.isUnfinished(in: database) {
            report.notes.append(
                "\(folder.catalogue): a reindexing was interrupted; `passerine reindex --index \(folder.name)` goes on with it"
            )
        }
    }

    private func checkSegments(_ database: Database, settings: IndexSettings, into report: inout Report) throws {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT number, passages, windows, bytes, checksum, live, live_windows FROM segments
                WHERE edition = (SELECT value FROM state WHERE key = 'edition')
                """)
        report.segments = rows.count
        var segments: [Int: Segment] = [:]
        for row in rows {
            do {
                let segment = try check(row, settings)
                segments[segment.number] = segment
                report.bytes += segment.byteCount
            } catch {
                report.problems.append("\(error)")
            }
        }
        let named = Set(try Int.fetchAll(database, sql: "SELECT number FROM segments").map { folder.segment($0) })
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.segments)) ?? []
        where !named.contains(folder.segments + "/" + name) {
            report.notes.append("\(folder.segments)/\(name): belongs to nothing, and goes when the next writer comes")
        }
        try checkPlacements(database, settings: settings, segments: segments, into: &report)
        let unlike = try Int.fetchAll(
            database,
            sql: """
                SELECT s.number FROM segments s LEFT JOIN (
                    SELECT segment, count(*) AS live, sum(windows) AS live_windows FROM placements GROUP BY segment
                ) p ON p.segment = s.number
                WHERE edition = (SELECT value FROM state WHERE key = 'edition')
                    AND (s.live <> coalesce(p.live, 0) OR s.live_windows <> coalesce(p.live_windows, 0))
                """)
        for number in unlike {
            report.problems.append(
                "\(folder.catalogue): miscounts what lives of segment \(number); restore it from a backup")
        }
    }

    /// A segment that is what the catalogue says and sound in every block.
    private func check(_ row: Row, _ settings: IndexSettings) throws -> Segment {
        let number: Int = try row.decode(atIndex: 0)
        let segment = try Segment(path: folder.segment(number), number: number, settings: settings)
        try segment.verify()
        let said = try (1...4).map { try row.decode(Int64.self, atIndex: $0) }
        let found = [segment.format.passages, segment.format.windows, segment.byteCount, Int(segment.checksum)]
        guard said == found.map(Int64.init) else {
            throw IndexError(
                .damaged, segment.path, "is another segment than the catalogue says; restore the file from a backup")
        }
        return segment
    }

    private func checkPlacements(
        _ database: Database, settings: IndexSettings, segments: [Int: Segment], into report: inout Report
    ) throws {
        guard settings.hasTokenData else { return }
        let passages = try Row.fetchCursor(
            database,
            sql: """
                SELECT p.number, id, s.segment, s.first_window, s.windows, length(CAST(text AS BLOB)) AS length
                FROM passages p LEFT JOIN placements s ON s.number = p.number
                """)
        while let row = try passages.next() {
            let (passage, id): (Int, String) = (try row.decode(forColumn: "number"), try row.decode(forColumn: "id"))
            guard let number = try row.decode(Int?.self, forColumn: "segment") else {
                report.problems.append(
                    "\(folder.catalogue): passage \(passage) has no token data; index \(id) again")
                continue
            }
            guard let segment = segments[number] else { continue }
            if let problem = problem(of: row, in: segment) {
                report.problems.append("\(segment.path): \(problem); index passage \(id) again")
            }
        }
        let stray =
            try Int.fetchOne(
                database, sql: "SELECT count(*) FROM placements WHERE number NOT IN (SELECT number FROM passages)") ?? 0
        if stray > 0 {
            report.problems.append(
                "\(folder.catalogue): places \(stray) passages that are not there; restore it from a backup")
        }
    }

    /// What a passage's token data lack, `nil` where all is well.
    private func problem(of row: Row, in segment: Segment) -> String? {
        do {
            let number: Int = try row.decode(forColumn: "number")
            let (first, count): (Int, Int) = (
                try row.decode(forColumn: "first_window"), try row.decode(forColumn: "windows")
            )
            guard let windows = try segment.windows(ofPassage: number), windows.lowerBound == first,
                windows.count == count
            else { return "passage \(number) is not where the catalogue says" }
            let length: Int = try row.decode(forColumn: "length")
            for window in windows {
                guard try segment.span(window).upperBound <= length else {
                    return "a window of passage \(number) reaches over its text"
                }
                _ = try segment.terms(window)
            }
            return nil
        } catch {
            return "\(error)"
        }
    }
}
