import Foundation
import GRDB

extension IndexWriter {
    /// Merges segments that the policy finds worthwhile and drops what is dead in them, each merge in one step.
    ///
    /// Token data are copied as they are; nothing is encoded. Searches go on: those that began before a merge keep the
    /// files they have mapped, which take space until the last of them has ended. Throws `IndexError`.
    ///
    /// - Returns: the number of segments that are gone.
    @discardableResult
    public func compact(_ policy: CompactionPolicy = .full) throws -> Int {
        guard pending.isEmpty else {
            throw IndexError(
                .invalid, folder.path, "has changes that are not committed; commit before merging segments")
        }
        var gone = 0
        do {
            let edition = try pool.read { try $0.state("edition") }
            let candidates = try pool.read { try CompactionPolicy.Candidate.all(edition: edition, in: $0) }
            for run in policy.runs(candidates) {
                try merge(candidates[run].map(\.number), edition: edition)
                gone += run.count
            }
        } catch {
            throw Catalogue.failure(folder, "a merge failed, and nothing has changed", error)
        }
        summary.merged += gone
        return gone
    }

    /// Puts the full-text index in order too, which makes searches by terms faster. Throws `IndexError`.
    public func optimizeFullText() throws {
        do {
            try Catalogue.commit(pool, folder) {
                try $0.execute(sql: "INSERT INTO lexical(lexical) VALUES('optimize')")
            }
            try pool.writeWithoutTransaction { _ = try $0.checkpoint(.passive) }
        } catch {
            throw Catalogue.failure(folder, "the full-text index could not be put in order", error)
        }
    }

    /// Writes what lives of adjacent segments into one, or into none where nothing does.
    private func merge(_ numbers: [Int], edition: Int) throws {
        let target = try SegmentWriter(
            number: nextSegment, folder: folder, codec: settings.codec, dimension: settings.dimension)
        var firstWindows: [(number: Int, window: Int)] = []
        for number in numbers {
            let segment = try Segment(path: folder.segment(number), number: number, settings: settings)
            guard let range = try segment.numbers else { continue }
            let live = try pool.read { database in
                try Int.fetchAll(
                    database,
                    sql: "SELECT number FROM placements WHERE segment = ? AND number BETWEEN ? AND ? ORDER BY number",
                    arguments: [number, range.lowerBound, range.upperBound])
            }
            for passage in live {
                guard let windows = try segment.windows(ofPassage: passage) else {
                    throw IndexError(
                        .damaged, segment.path,
                        "lacks passage \(passage); run `passerine verify --index \(folder.name)`")
                }
                firstWindows.append((passage, target.windowCount))
                // Numbers of a segment's passages have 32 bits, and these lie between two of them.
                try target.append(number: UInt32(clamping: passage), copying: windows, of: segment)
            }
            try segment.checkWhole()
        }
        try checkPlace()
        let finished = target.passageCount > 0 ? try target.finish() : nil
        if finished != nil { nextSegment += 1 }
        try Catalogue.commit(pool, folder) { database in
            if let finished {
                try finished.insert(edition: edition, into: database)
                let move = try database.makeStatement(
                    sql: "UPDATE placements SET segment = ?, first_window = ? WHERE number = ?")
                for (number, window) in firstWindows {
                    try move.execute(arguments: [finished.number, window, number])
                }
            }
            for number in numbers {
                try database.execute(sql: "DELETE FROM segments WHERE number = ?", arguments: [number])
            }
            try database.setState("next_segment", nextSegment)
            try database.advance("arrangement")
        }
        try checkPlace()
        // Searches that have mapped them go on with them; a crash before this line leaves orphans.
        for number in numbers { unlink(folder.segment(number)) }
    }
}

extension CompactionPolicy.Candidate {
    private static let largestNumber = 1 << 48

    /// The segments of an edition, ascending by passage number.
    static func all(edition: Int, in database: Database) throws -> [Self] {
        // Numbers of segments do not ascend with those of passages once some have been merged.
        try Row.fetchAll(
            database,
            sql: "SELECT number, bytes, windows, live_windows FROM segments WHERE edition = ? ORDER BY first_passage",
            arguments: [edition]
        ).map { row in
            let (bytes, windows): (Int, Int) = (try row.decode(atIndex: 1), try row.decode(atIndex: 2))
            let live: Int = try row.decode(atIndex: 3)
            // Numbers that no segment has would overflow where they are added up.
            guard (0...largestNumber).contains(bytes), (0...largestNumber).contains(windows),
                (0...windows).contains(live)
            else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "segments are miscounted") }
            return Self(number: try row.decode(atIndex: 0), bytes: bytes, windows: windows, liveWindows: live)
        }
    }
}
