import Foundation
import GRDB
import Ranking

/// Encodes an index again from its stored texts, with other models or another codec, while searches go on.
///
///     let reindexing = try Reindexing(folder, models: models, codec: .int8)
///     while try reindexing.step() {}
///     try reindexing.switchOver()
///
/// The new token data grow beside the old ones as another edition, committed from time to time, so that an interrupted
/// run goes on where it was. One transaction makes settings, segments and placements of the new edition those that
/// count. Not thread-safe.
public final class Reindexing {
    /// The table that places passages in the edition to come; it is there exactly while a reindexing is unfinished.
    static let placements = "placements_next"
    private static let passagesPerStep = 256
    private static let timePerCommit = Duration.seconds(60)

    public let folder: IndexFolder
    /// What the index will have been made with.
    public let settings: IndexSettings
    /// Passages that are encoded, and all there are.
    public private(set) var done: Int
    public let total: Int
    /// Pieces encoded by this run, special ones included.
    public private(set) var pieces = 0
    /// Whether an interrupted run is continued.
    public let isResumed: Bool

    /// A commit, and with it a segment, comes after so many passages, and every minute.
    public var passagesPerCommit = 50_000

    private let lock: WriterLock
    private let files: OpenedFiles
    private let pool: DatabasePool
    private let encoder: PassageEncoder
    private let edition: Int
    private var position: Int
    private var nextSegment: Int
    private var segment: SegmentWriter?
    private var placed: [(number: Int, firstWindow: Int, windows: Int)] = []
    private var lastCommit = ContinuousClock.now

    /// Begins, or goes on with what an interrupted run to the same end has left. Throws `IndexError` and `RankingError`.
    ///
    /// - Parameters:
    ///   - models: at least one that encodes passages.
    ///   - codec: how vectors are stored; as before where `nil`. So `splitsPassages`.
    ///   - dimension: columns of the vectors; all of the model's where `nil`.
    public init(
        _ folder: IndexFolder, models: ModelSet, codec: TokenCodec? = nil, dimension: Int? = nil,
        splitsPassages: Bool? = nil
    ) throws {
        guard folder.exists else { throw IndexError(.missing, folder.path, "there is no index here") }
        self.folder = folder
        lock = try WriterLock(folder)
        let current: IndexSettings
        (pool, current) = try Catalogue.openForWriting(folder, proposed: IndexSettings(models: .none))
        files = OpenedFiles(folder, lock: lock.identity)
        var target = IndexSettings(
            models: models, analysis: current.analysis, codec: codec ?? current.codec, dimension: dimension,
            splitsPassages: splitsPassages ?? current.splitsPassages, fields: current.fields)
        target.created = current.created
        try target.check(folder)
        guard let encoder = try target.encoder(models, folder: folder) else {
            throw IndexError(.invalid, folder.path, "cannot be encoded again without a model; name one with --models")
        }
        self.encoder = encoder
        settings = target
        let wanted = target
        let pool = pool
        isResumed = try Catalogue.inWords(folder) { try pool.read { try Self.target(in: $0) } } == wanted
        if !isResumed { try Self.discard(folder, pool) }
        try folder.removeOrphans(pool)
        let isResumed = isResumed
        (edition, position, nextSegment, total, done) = try Catalogue.inWords(folder) {
            try Catalogue.commit(pool, folder) { database in
                guard !isResumed else { return }
                try Catalogue.createPlacements(Self.placements, in: database)
                try wanted.store(in: database, as: "next")
                try database.setState("reindex_position", 0)
            }
            return try pool.read { database in
                (
                    try database.state("edition") + 1, try database.state("reindex_position"),
                    try database.state("next_segment"), try LexicalIndex.Collection(database).passages,
                    try Int.fetchOne(database, sql: "SELECT count(*) FROM \(Self.placements)") ?? 0
                )
            }
        }
    }

    /// Whether an index has a reindexing that did not come to its end.
    static func isUnfinished(in database: Database) throws -> Bool { try database.tableExists(placements) }

    private static func target(in database: Database) throws -> IndexSettings? {
        guard try isUnfinished(in: database) else { return nil }
        return try IndexSettings.stored(in: database, as: "next")
    }

    /// Forgets an unfinished reindexing. Throws `IndexError`.
    private static func discard(_ folder: IndexFolder, _ pool: DatabasePool) throws {
        let segments = try Catalogue.inWords(folder) {
            try Catalogue.commit(pool, folder) { database -> [Int] in
                guard try isUnfinished(in: database) else { return [] }
                let edition = try database.state("edition")
                let segments = try Int.fetchAll(
                    database, sql: "SELECT number FROM segments WHERE edition <> ?", arguments: [edition])
                try database.execute(sql: "DELETE FROM segments WHERE edition <> ?", arguments: [edition])
                try database.execute(sql: "DROP TABLE \(placements); DELETE FROM settings WHERE name = 'next'")
                return segments
            }
        }
        for number in segments { unlink(folder.segment(number)) }
    }

    /// Encodes some more passages; false where all are done. Throws `IndexError` and `EncoderError`.
    public func step() throws -> Bool {
        try Catalogue.inWords(folder) { try encodeNext() }
    }

    private func encodeNext() throws -> Bool {
        let rows = try pool.read { [position, passagesPerCommit] database in
            try Row.fetchAll(
                database.cachedStatement(
                    sql: "SELECT number, text FROM passages WHERE number >= ? ORDER BY number LIMIT ?"),
                arguments: [position, min(Self.passagesPerStep, passagesPerCommit)])
        }
        guard !rows.isEmpty else { return false }
        let windows = try rows.map {
            encoder.windows(of: try $0.decode(atIndex: 1), splits: settings.splitsPassages).windows
        }
        var data = try encoder.encode(windows.flatMap { $0 })[...]
        let segment = try self.segment ?? beginSegment()
        for (row, windows) in zip(rows, windows) {
            let number: Int = try row.decode(atIndex: 0)
            guard (0..<Database.mostPassages).contains(number) else {
                throw IndexError(.damaged, folder.catalogue, "has a passage with the number \(number)")
            }
            placed.append((number, segment.windowCount, windows.count))
            let mine = zip(windows.map(\.span), data.prefix(windows.count))
            try segment.append(number: UInt32(number), windows: mine.map { (span: $0, data: $1) })
            data = data.dropFirst(windows.count)
            pieces += windows.reduce(0) { $0 + $1.pieces.count + 2 }
            position = number + 1
        }
        done += rows.count
        if placed.count >= passagesPerCommit || ContinuousClock.now - lastCommit >= Self.timePerCommit { try commit() }
        return true
    }

    private func beginSegment() throws -> SegmentWriter {
        let writer = try SegmentWriter(
            number: nextSegment, folder: folder, codec: settings.codec, dimension: settings.dimension)
        segment = writer
        return writer
    }

    /// Makes what is encoded durable, so that a later run need not do it again. Throws `IndexError`.
    public func commit() throws {
        guard segment != nil else { return }
        try files.check()
        guard let finished = try segment?.finish() else { return }
        segment = nil
        nextSegment += 1
        do {
            try Catalogue.commit(pool, folder) { database in
                try finished.insert(edition: edition, into: database)
                let place = try database.makeStatement(
                    sql: "INSERT INTO \(Self.placements)(number, segment, first_window, windows) VALUES(?, ?, ?, ?)")
                for (number, firstWindow, windows) in placed {
                    try place.execute(arguments: [number, finished.number, firstWindow, windows])
                }
                try database.setState("next_segment", nextSegment)
                try database.setState("reindex_position", position)
            }
        } catch {
            throw Catalogue.failure(folder, "a part of the reindexing could not be committed", error)
        }
        placed = []
        lastCommit = .now
    }

    /// Makes the new edition the one that counts, in one step, and removes the old one. Throws `IndexError`.
    public func switchOver() throws {
        while try step() {}
        try commit()
        try files.check()
        let old: [Int]
        do {
            old = try Catalogue.commit(pool, folder) { database in
                let old = try Int.fetchAll(
                    database, sql: "SELECT number FROM segments WHERE edition <> ?", arguments: [edition])
                try settings.store(in: database)
                try database.execute(
                    sql: """
                        DELETE FROM settings WHERE name = 'next';
                        DELETE FROM segments WHERE edition <> \(edition);
                        DROP TABLE placements;
                        ALTER TABLE \(Self.placements) RENAME TO placements;
                        """)
                try database.setState("edition", edition)
                try database.advance("arrangement")
                return old
            }
        } catch {
            throw Catalogue.failure(folder, "the switch to the new edition failed, and the old one stays", error)
        }
        try files.check()
        try settings.write(to: folder)
        for number in old { unlink(folder.segment(number)) }
    }
}
