import Corpus
import Foundation
import GRDB
import Ranking

/// Adds, replaces and deletes passages. One writer an index; readers go on meanwhile and see whole commits.
///
///     let writer = try IndexWriter(folder, settings: IndexSettings(models: models), models: models)
///     try writer.add(passages)
///     try writer.commit()
///
/// Not thread-safe: one thread writes.
public final class IndexWriter {
    /// What the calls so far have done.
    public struct Summary: Sendable, Equatable {
        /// Passages added, replacements included.
        public var added = 0
        /// Passages that took the place of one with the same id.
        public var replaced = 0
        public var deleted = 0
        /// Passages in several windows, and passages whose text was cut off instead.
        public var split = 0
        public var cut = 0
        /// Encoded pieces, special ones included.
        public var pieces = 0
    }

    public let folder: IndexFolder
    public let settings: IndexSettings
    public private(set) var summary = Summary()

    private let lock: WriterLock
    private let pool: DatabasePool
    private let encoder: PassageEncoder?
    private struct Pending {
        let number: Int
        let passage: Passage
        let firstWindow: Int
        let windows: Int
    }
    private var pending: [Pending] = []
    private var segment: SegmentWriter?
    private var nextPassage: Int
    private var nextSegment: Int

    /// Opens an index for writing, or makes it with `settings` where there is none.
    ///
    /// - Parameters:
    ///   - settings: used for a new index; where one is there, its own settings hold.
    ///   - models: must be those that the index was made with.
    /// Throws `IndexError` and `RankingError`.
    public init(_ folder: IndexFolder, settings proposed: IndexSettings, models: ModelSet) throws {
        self.folder = folder
        for path in [folder.path, folder.segments] {
            do {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            } catch {
                throw IndexError(.io, path, "cannot be made: \(error.localizedDescription)")
            }
        }
        lock = try WriterLock(folder)
        let isNew = !folder.exists
        settings = isNew ? proposed : try IndexSettings.read(folder)
        try settings.check(models, folder: folder)
        guard settings.colbert == nil || models.colbert != nil, settings.tildev2 == nil || models.tilde != nil else {
            throw IndexError(
                .mismatch, folder.path,
                "has token data of models that are not loaded: name \(settings.colbert?.folder ?? settings.tildev2?.folder ?? "them")")
        }
        if settings.colbert != nil, !settings.codec.accepts(dimension: settings.dimension) {
            throw IndexError(
                .invalid, folder.path, "vectors of \(settings.dimension) columns cannot be stored; use a multiple of 4 up to 1024")
        }
        // A lexical index stays one, whatever models are at hand.
        let used = ModelSet(
            colbert: settings.colbert == nil ? nil : models.colbert, tilde: settings.tildev2 == nil ? nil : models.tilde,
            crossEncoder: nil)
        encoder = used.encodesPassages
            ? try PassageEncoder(models: used, dimension: used.colbert == nil ? nil : settings.dimension) : nil
        pool = try Catalogue.open(folder, readonly: false, readers: 1)
        if isNew {
            // The settings file comes last: with it the index exists.
            if try pool.read({ try !$0.tableExists("state") }) {
                try Catalogue.create(pool, analysis: settings.analysis)
            }
            try settings.write(to: folder)
        }
        (nextPassage, nextSegment) = try pool.read { (try $0.state("next_passage"), try $0.state("next_segment")) }
        try removeOrphans()
    }

    /// Files that a crash left between a segment's rename and its transaction, or before either.
    private func removeOrphans() throws {
        let live = Set(try pool.read { try Int.fetchAll($0, sql: "SELECT number FROM segments") })
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.segments)) ?? [] {
            let number = name.hasSuffix(".tokens") ? Int(name.dropLast(7)) : nil
            guard name.hasSuffix(".new") || number.map({ !live.contains($0) }) ?? false else { continue }
            unlink(folder.segments + "/" + name)
        }
    }

    /// Windows of passages, made ready for `add`; safe to call from another thread than the writer's.
    public struct Prepared: Sendable {
        let passage: Passage
        let windows: [PassageEncoder.Window]
        let isCut: Bool

        /// Pieces that the encoder will see, special ones included.
        public var pieces: Int { windows.reduce(0) { $0 + $1.pieces.count + 2 } }
    }

    /// Cuts a passage into windows. U+0000, which no text has, becomes U+FFFD.
    public func prepare(_ passage: Passage) -> Prepared {
        var passage = passage
        if passage.text.utf8.contains(0) {
            passage.text = passage.text.replacingOccurrences(of: "\0", with: "\u{FFFD}")
        }
        guard let encoder else { return Prepared(passage: passage, windows: [], isCut: false) }
        let (windows, isCut) = encoder.windows(of: passage.text, splits: settings.splitsPassages)
        return Prepared(passage: passage, windows: windows, isCut: isCut)
    }

    /// Encodes passages and keeps them for the next commit. Throws `IndexError` and `EncoderError`.
    public func add(_ passages: [Passage]) throws { try add(passages.map(prepare)) }

    /// Encodes prepared passages and keeps them for the next commit.
    public func add(_ passages: [Prepared]) throws {
        let windows = passages.flatMap(\.windows)
        var data: ArraySlice<PassageEncoder.TokenData> = []
        if let encoder, !windows.isEmpty { data = try encoder.encode(windows)[...] }
        for prepared in passages {
            let number = nextPassage
            guard number <= Int(UInt32.max) else {
                throw IndexError(.invalid, folder.path, "has used up its 2^32 passage numbers; index into a new one")
            }
            var firstWindow = 0
            if encoder != nil {
                let segment = try self.segment ?? beginSegment()
                firstWindow = segment.windowCount
                let mine = zip(prepared.windows.map(\.span), data.prefix(prepared.windows.count))
                try segment.append(number: UInt32(number), windows: mine.map { (span: $0, data: $1) })
                data = data.dropFirst(prepared.windows.count)
            }
            nextPassage += 1
            pending.append(
                Pending(
                    number: number, passage: prepared.passage, firstWindow: firstWindow, windows: prepared.windows.count))
            summary.pieces += prepared.pieces
            summary.cut += prepared.isCut ? 1 : 0
            summary.split += prepared.windows.count > 1 ? 1 : 0
        }
    }

    private func beginSegment() throws -> SegmentWriter {
        let writer = try SegmentWriter(
            number: nextSegment, folder: folder, codec: settings.codec, dimension: settings.dimension)
        segment = writer
        return writer
    }

    /// Number of passages that wait for a commit.
    public var pendingCount: Int { pending.count }

    /// Makes everything added since the last commit durable and visible in one step. Throws `IndexError`.
    ///
    /// When it returns, the passages are there whatever happens; when it throws, none of them is.
    public func commit() throws {
        guard !pending.isEmpty else { return }
        let finished = try segment?.finish()
        segment = nil
        let batch = pending
        pending = []
        do {
            let replaced = try pool.write { database in
                if let finished {
                    try database.execute(
                        sql: "INSERT INTO segments(number, passages, windows, bytes, checksum) VALUES(?, ?, ?, ?, ?)",
                        arguments: [
                            finished.number, finished.passages, finished.windows, finished.bytes, Int64(finished.checksum),
                        ])
                }
                let replaced = try insert(batch, segment: finished?.number, into: database)
                try database.setState("next_passage", nextPassage)
                try database.setState("next_segment", nextSegment + (finished == nil ? 0 : 1))
                try database.setState("generation", try database.state("generation") + 1)
                return replaced
            }
            if finished != nil { nextSegment += 1 }
            summary.added += batch.count
            summary.replaced += replaced
        } catch {
            if let finished { unlink(folder.segment(finished.number)) }
            nextPassage = batch.first?.number ?? nextPassage
            throw IndexError(.io, folder.catalogue, "the commit failed and none of it is visible: \(error)")
        }
    }

    /// Inserts passages, each taking the place of one with its id; returns how many did.
    private func insert(_ batch: [Pending], segment: Int?, into database: Database) throws -> Int {
        var replaced = 0
        let row = try database.makeStatement(
            sql: """
                INSERT INTO passages(number, id, text, metadata, segment, first_window, windows)
                VALUES(?, ?, ?, ?, ?, ?, ?)
                """)
        let terms = try database.makeStatement(sql: "INSERT INTO lexical(rowid, text) VALUES(?, ?)")
        for pending in batch {
            let passage = pending.passage
            if try remove(id: passage.id, from: database) { replaced += 1 }
            try row.execute(arguments: [
                pending.number, passage.id, passage.text,
                passage.metadata.isEmpty ? nil : JSONValue.object(passage.metadata).serialised(),
                segment, segment == nil ? nil : pending.firstWindow, segment == nil ? nil : pending.windows,
            ])
            try terms.execute(arguments: [pending.number, passage.text])
        }
        return replaced
    }

    /// Takes a passage out of the catalogue and the full-text index; its token data stay until segments are merged.
    private func remove(id: String, from database: Database) throws -> Bool {
        let found = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT number, text FROM passages WHERE id = ?"), arguments: [id])
        guard let found else { return false }
        let (number, text): (Int, String) = (found[0], found[1])
        try database.cachedStatement(sql: "INSERT INTO lexical(lexical, rowid, text) VALUES('delete', ?, ?)")
            .execute(arguments: [number, text])
        try database.cachedStatement(sql: "DELETE FROM passages WHERE number = ?").execute(arguments: [number])
        return true
    }

    /// Deletes passages in one step, after committing what is pending; returns how many there were.
    @discardableResult
    public func delete(ids: [String]) throws -> Int {
        try commit()
        let count = try pool.write { database in
            var count = 0
            for id in ids where try remove(id: id, from: database) { count += 1 }
            try database.setState("generation", try database.state("generation") + 1)
            return count
        }
        summary.deleted += count
        return count
    }
}
