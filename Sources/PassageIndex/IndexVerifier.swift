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

        public var isSound: Bool { problems.isEmpty }
    }

    private let folder: IndexFolder

    public init(_ folder: IndexFolder) { self.folder = folder }

    /// Checks everything. Throws `IndexError` only where there is no index at all.
    public func run() throws -> Report {
        guard folder.exists else {
            throw IndexError(.missing, folder.path, "there is no index here")
        }
        var report = Report()
        do {
            let settings = try IndexSettings.read(folder)
            // FTS5's check is written as an insertion, so it needs a connection that may write; nothing is changed.
            let pool = try Catalogue.open(folder, readonly: false, readers: 1)
            try pool.write { database in
                try checkCatalogue(database, into: &report)
                try checkSegments(database, settings: settings, into: &report)
            }
        } catch {
            report.problems.append("\(error)")
        }
        return report
    }

    private func checkCatalogue(_ database: Database, into report: inout Report) throws {
        let words = try String.fetchAll(database, sql: "PRAGMA integrity_check")
        for word in words where word != "ok" {
            report.problems.append("\(folder.catalogue): SQLite finds: \(word); restore the index from a backup")
        }
        do {
            try database.execute(sql: "INSERT INTO lexical(lexical, rank) VALUES('integrity-check', 1)")
        } catch {
            report.problems.append(
                "\(folder.catalogue): the full-text index does not agree with the passages (\(error)); "
                    + "restore the index from a backup or index the corpus again")
        }
        report.passages = try Int.fetchOne(database, sql: "SELECT count(*) FROM passages") ?? 0
        let counted = try LexicalIndex.Collection(database).passages
        if counted != report.passages {
            report.problems.append(
                "\(folder.catalogue): \(report.passages) passages, but the full-text index counts \(counted)")
        }
    }

    private func checkSegments(_ database: Database, settings: IndexSettings, into report: inout Report) throws {
        let rows = try Row.fetchAll(database, sql: "SELECT number, passages, windows, bytes FROM segments")
        report.segments = rows.count
        var segments: [Int: Segment] = [:]
        for row in rows {
            let number: Int = row[0]
            do {
                let segment = try Segment(path: folder.segment(number), number: number)
                try segment.verify()
                guard segment.format.passages == row[1], segment.format.windows == row[2], segment.byteCount == row[3]
                else {
                    throw IndexError(.damaged, segment.path, "is another segment than the catalogue says")
                }
                segments[number] = segment
                report.bytes += segment.byteCount
            } catch {
                report.problems.append("\(error)")
            }
        }
        guard settings.colbert != nil || settings.tildev2 != nil else { return }
        let passages = try Row.fetchCursor(
            database, sql: "SELECT number, id, segment, first_window, windows, length(CAST(text AS BLOB)) FROM passages")
        while let row = try passages.next() {
            guard let segment = segments[row["segment"] ?? -1] else {
                if row["segment"] as Int? == nil {
                    report.problems.append("\(folder.catalogue): passage \(row["number"] as Int) has no token data")
                }
                continue
            }
            if let problem = problem(of: row, in: segment) {
                report.problems.append("\(segment.path): \(problem); index passage \(row["id"] as String) again")
            }
        }
    }

    /// What a passage's token data lack, `nil` where all is well.
    private func problem(of row: Row, in segment: Segment) -> String? {
        let number: Int = row["number"]
        do {
            guard let windows = try segment.windows(ofPassage: number), windows.lowerBound == row["first_window"],
                windows.count == row["windows"]
            else { return "passage \(number) is not where the catalogue says" }
            let length: Int = row[5]
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
