import Corpus
import Foundation
import GRDB
import Ranking
import Synchronization

/// An index opened for searching, in this or any number of other processes; the type to read first in this target.
///
///     let reader = try IndexReader(IndexFolder(name: "notes", in: "indexes"), models: models)
///     let hits = try reader.withSnapshot { try $0.candidates("network diagrams", limit: 1000, bm25: BM25()) }
///
/// What another process commits is seen by the next snapshot, and so is an index that was restored in the place of this
/// one.
public final class IndexReader: Sendable {
    public let folder: IndexFolder
    private let models: ModelSet
    private let readers: Int
    private let maintainsPostings: Bool
    private let opened: Mutex<OpenedCatalogue>

    /// Opens an index and refuses models that did not make it. Throws `IndexError`.
    ///
    /// - Parameters:
    ///   - readers: how many searches may look at the catalogue at the same time.
    ///   - maintainsPostings: whether postings that are missing or old are built in the background; for processes that
    ///     stay.
    public init(_ folder: IndexFolder, models: ModelSet, readers: Int = 8, maintainsPostings: Bool = false) throws {
        self.folder = folder
        self.models = models
        self.readers = readers
        self.maintainsPostings = maintainsPostings
        opened = Mutex(try OpenedCatalogue(folder, readers: readers, maintainsPostings: maintainsPostings))
        try withSnapshot { _ in }
    }

    /// What the index was made with; other models come with `passerine reindex` only.
    public var settings: IndexSettings { opened.withLock { $0.settings } }

    /// Looks at one consistent state of the index for as long as `body` runs. Throws `IndexError`, or what `body` throws.
    public func withSnapshot<Result>(_ body: (IndexSnapshot) throws -> Result) throws -> Result {
        var missing: OpenedCatalogue.MissingSegment?
        while true {
            let catalogue = try current()
            do {
                return try catalogue.pool.read { database in
                    let state = try catalogue.state(in: database, models: models)
                    return try body(
                        IndexSnapshot(
                            folder: folder, settings: state.settings, database: database, lexical: catalogue.lexical,
                            segments: state.segments, filters: catalogue.filters))
                }
            } catch let error as OpenedCatalogue.MissingSegment {
                // Segments of an older state may have been merged away since; the newest state names those that are there.
                guard missing.map({ $0.version != error.version }) ?? true else { throw error.reason }
                missing = error
            } catch let error as DatabaseError {
                throw Catalogue.damaged(folder, error)
            }
        }
    }

    /// The catalogue that now has the index's name.
    private func current() throws -> OpenedCatalogue {
        try opened.withLock { opened in
            if opened.isReplaced {
                opened = try OpenedCatalogue(folder, readers: readers, maintainsPostings: maintainsPostings)
            }
            return opened
        }
    }

    /// Counts and sizes, as `passerine inspect` and the REST endpoint show them.
    public func statistics() throws -> IndexStatistics {
        try withSnapshot { snapshot in try IndexStatistics(snapshot) }
    }
}
