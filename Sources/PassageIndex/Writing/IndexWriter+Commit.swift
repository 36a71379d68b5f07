import Corpus
import Foundation
import GRDB

extension IndexWriter {
    /// Makes every change since the last commit durable and visible in one step. Throws `IndexError`.
    ///
    /// When it returns, the changes are there whatever happens; when it throws, none of them is visible.
    ///
    /// Where a passage went away or was replaced, what is recorded of other inputs becomes void (`InputProgress.isVoid`).
    ///
    /// - Parameters:
    ///   - progress: how far the input has been read; recorded in the same step.
    ///   - folders: what the paths in the ids of added passages are relative to (`sourceFolders`); likewise.
    /// - Returns: for each change in order whether a passage with its id was there before.
    @discardableResult
    public func commit(progress: InputProgress? = nil, folders: [String]? = nil) throws -> [Bool] {
        guard !pending.isEmpty || progress != nil else { return [] }
        let batch = pending
        let found: [Bool]
        do {
            try checkPlace()
            let finished = try segment?.finish()
            segment = nil
            pending = []
            // A transaction whose end fails may still come to light after a power cut, so its segment stays until the
            // next writer has seen which of the two happened, and its number is not given again.
            if finished != nil { nextSegment += 1 }
            found = try Catalogue.commit(pool, folder) { database in
                if let finished { try finished.insert(edition: try database.state("edition"), into: database) }
                let found = try apply(batch, segment: finished?.number, to: database)
                if found.contains(true) { try InputProgress.void(but: progress, in: database) }
                try progress?.store(in: database)
                if let folders { try SourceFolders(folders).add(to: database) }
                try database.setState("next_passage", nextPassage)
                try database.setState("next_segment", nextSegment)
                if !batch.isEmpty { try database.advance("generation") }
                return found
            }
            // Only what is in the index's own place may be acknowledged.
            try checkPlace()
        } catch {
            abandon()
            throw Catalogue.failure(folder, "the commit failed and none of it is visible", error)
        }
        firstUncommitted = nextPassage
        for (change, wasThere) in zip(batch, found) {
            switch change {
            case .add:
                summary.added += 1
                summary.replaced += wasThere ? 1 : 0
            case .delete: summary.deleted += wasThere ? 1 : 0
            }
        }
        if let policy {
            // What is committed stays so; the next commit tries to merge again.
            do { try compact(policy) } catch { compactionFailure = error }
        }
        return found
    }

    /// Writes the changes into the catalogue; says of each whether a passage with its id was there.
    private func apply(_ batch: [Change], segment: Int?, to database: Database) throws -> [Bool] {
        let row = try database.makeStatement(sql: "INSERT INTO passages(number, id, text, metadata) VALUES(?, ?, ?, ?)")
        let terms = try database.makeStatement(sql: "INSERT INTO lexical(rowid, text) VALUES(?, ?)")
        let placement = try database.makeStatement(
            sql: "INSERT INTO placements(number, segment, first_window, windows) VALUES(?, ?, ?, ?)")
        let declared = DeclaredFields(names: settings.fields)
        let isReindexing = try Reindexing.isUnfinished(in: database)
        return try batch.map { change in
            switch change {
            case .delete(let id): return try remove(id: id, isReindexing: isReindexing, from: database)
            case .add(let addition):
                let passage = addition.passage
                let wasThere = try remove(id: passage.id, isReindexing: isReindexing, from: database)
                let metadata = passage.storedMetadata
                try row.execute(arguments: [addition.number, passage.id, passage.text, metadata])
                try declared.add(addition.number, passage.metadata, json: metadata, to: database)
                try terms.execute(arguments: [addition.number, passage.text])
                if let segment {
                    try placement.execute(arguments: [addition.number, segment, addition.firstWindow, addition.windows])
                }
                return wasThere
            }
        }
    }

    /// Takes a passage out of the catalogue and the full-text index. Its token data stay in their segment, which counts
    /// what of it still lives, until segments are merged.
    private func remove(id: String, isReindexing: Bool, from database: Database) throws -> Bool {
        let found = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT number, text, metadata FROM passages WHERE id = ?"), arguments: [id])
        guard let found else { return false }
        let (number, text): (Int, String) = (try found.decode(atIndex: 0), try found.decode(atIndex: 1))
        try database.cachedStatement(sql: "INSERT INTO lexical(lexical, rowid, text) VALUES('delete', ?, ?)")
            .execute(arguments: [number, text])
        try DeclaredFields(names: settings.fields).remove(number, metadata: found.decode(atIndex: 2), from: database)
        try database.cachedStatement(sql: "DELETE FROM passages WHERE number = ?").execute(arguments: [number])
        for table in isReindexing ? ["placements", Reindexing.placements] : ["placements"] {
            let placed = try Row.fetchOne(
                database.cachedStatement(sql: "SELECT segment, windows FROM \(table) WHERE number = ?"),
                arguments: [number])
            guard let placed else { continue }
            let (segment, windows): (Int, Int) = (try placed.decode(atIndex: 0), try placed.decode(atIndex: 1))
            try database.cachedStatement(
                sql: "UPDATE segments SET live = live - 1, live_windows = live_windows - ? WHERE number = ?"
            ).execute(arguments: [windows, segment])
            try database.cachedStatement(sql: "DELETE FROM \(table) WHERE number = ?").execute(arguments: [number])
        }
        return true
    }
}

extension SegmentWriter.Finished {
    /// Names the segment in the catalogue, all of it alive.
    func insert(edition: Int, into database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO segments(
                    number, edition, first_passage, last_passage, passages, windows, bytes, checksum, live, live_windows)
                VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                number, edition, passageNumbers.lowerBound, passageNumbers.upperBound, passages, windows, bytes,
                Int64(checksum), passages, windows,
            ])
    }
}
