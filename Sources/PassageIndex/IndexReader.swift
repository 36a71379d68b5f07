import Corpus
import Foundation
import GRDB
import Ranking
import Synchronization

/// An index opened for searching, in this or any number of other processes; the type to read first in this target.
///
///     let reader = try IndexReader(IndexFolder(name: "notes", in: "indexes"), models: models)
///     let hits = try reader.withSnapshot { try $0.candidates("network diagrams", limit: 1000, bm25: BM25()) }
public final class IndexReader: Sendable {
    public let folder: IndexFolder
    public let settings: IndexSettings
    private let pool: DatabasePool
    private let lexical: LexicalIndex
    private struct Opened {
        var generation = -1
        var segments: [Int: Segment] = [:]
        var set: SegmentSet?
    }
    private let opened = Mutex(Opened())

    /// Opens an index and refuses models that did not make it. Throws `IndexError`.
    ///
    /// - Parameter readers: how many searches may look at the catalogue at the same time.
    public init(_ folder: IndexFolder, models: ModelSet, readers: Int = 8) throws {
        self.folder = folder
        settings = try IndexSettings.read(folder)
        try settings.check(models, folder: folder)
        pool = try Catalogue.open(folder, readonly: true, readers: readers)
        lexical = LexicalIndex(analysis: settings.analysis)
        try withSnapshot { _ in }
    }

    /// Looks at one consistent state of the index for as long as `body` runs. Throws `IndexError`, or what `body` throws.
    public func withSnapshot<Result>(_ body: (IndexSnapshot) throws -> Result) throws -> Result {
        do {
            return try pool.read { database in
                let segments = try segments(in: database)
                return try body(
                    IndexSnapshot(
                        folder: folder, settings: settings, database: database, lexical: lexical, segments: segments))
            }
        } catch let error as DatabaseError {
            throw Catalogue.damaged(folder, error)
        }
    }

    /// The segments of the state that the transaction sees; files are opened when they first appear.
    private func segments(in database: Database) throws -> SegmentSet {
        let generation = try database.state("generation")
        return try opened.withLock { opened in
            if opened.generation == generation, let set = opened.set { return set }
            let numbers = try Int.fetchAll(database, sql: "SELECT number FROM segments")
            var segments: [Int: Segment] = [:]
            for number in numbers {
                segments[number] =
                    try opened.segments[number] ?? Segment(path: folder.segment(number), number: number)
            }
            let set = try SegmentSet(Array(segments.values))
            // A snapshot that is older than what is open must not take newer segments away.
            if generation > opened.generation {
                opened = Opened(generation: generation, segments: segments, set: set)
            }
            return set
        }
    }

    /// Counts and sizes, as `passerine inspect` and the REST endpoint show them.
    public func statistics() throws -> IndexStatistics {
        try withSnapshot { snapshot in try IndexStatistics(snapshot) }
    }
}
