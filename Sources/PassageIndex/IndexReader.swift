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
    private let opened: Mutex<Opened>
    private struct Opened {
        /// `nil` where it had to be let go and could not be opened anew yet.
        var catalogue: OpenedCatalogue?
        var settings: IndexSettings
    }

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
        let catalogue = try OpenedCatalogue.ofWhatIsThere(
            folder, readers: readers, maintainsPostings: maintainsPostings)
        opened = Mutex(Opened(catalogue: catalogue, settings: catalogue.settings))
        try withSnapshot { _ in }
    }

    /// What the index was made with; other models come with `passerine reindex` only.
    public var settings: IndexSettings { opened.withLock { $0.catalogue?.settings ?? $0.settings } }

    /// Looks at one consistent state of the index for as long as `body` runs. Throws `IndexError`, or what `body` throws.
    public func withSnapshot<Result>(_ body: (IndexSnapshot) throws -> Result) throws -> Result {
        var missing: OpenedCatalogue.MissingSegment?
        var wasReplaced = false
        while true {
            let catalogue = try current()
            do {
                return try catalogue.pool.read { try look(body, at: catalogue, $0) }
            } catch let error as OpenedCatalogue.MissingSegment {
                // Segments of an older state may have been merged away since; the newest state names those that are there.
                guard missing.map({ $0.version != error.version }) ?? true else {
                    try catalogue.checkPlace()
                    throw error.reason
                }
                missing = error
            } catch let error as IndexError {
                // What is damaged now may have been mended, or replaced, when the next search comes.
                if error.kind == .damaged { catalogue.forgetState() }
                // Files of an index that was dropped meanwhile are missing, not damaged: the one in its place counts.
                if error.kind == .damaged, !wasReplaced, catalogue.isReplaced || !folder.exists {
                    wasReplaced = true
                    letGo(catalogue)
                    continue
                }
                let isOfCatalogue = error.path.hasPrefix(folder.catalogue)
                if error.kind == .replaced || error.kind == .damaged && isOfCatalogue { letGo(catalogue) }
                throw error
            } catch  where Catalogue.isOfCatalogue(error) {
                let failure = Catalogue.failure(folder, error)
                if failure.kind == .damaged || failure.kind == .replaced { letGo(catalogue) }
                throw failure
            }
        }
    }

    /// Runs `body` on a state, whose files must have been whole to the end.
    private func look<Result>(
        _ body: (IndexSnapshot) throws -> Result, at catalogue: OpenedCatalogue, _ database: Database
    ) throws -> Result {
        let state = try catalogue.state(in: database, models: models)
        let snapshot = IndexSnapshot(
            folder: folder, settings: state.settings, database: database, lexical: catalogue.lexical,
            segments: state.segments, filters: catalogue.filters)
        // Whatever went wrong before, files that were cut short explain it.
        let result = Swift.Result { try body(snapshot) }
        try CheckedPages.checkFiles(of: database, folder)
        if snapshot.use.isKnown { try state.segments.checkWhole() }
        return try result.get()
    }

    /// Has the next search open the catalogue anew; this one is closed when the last search that looks at it has ended.
    private func letGo(_ catalogue: OpenedCatalogue) {
        opened.withLock { opened in
            guard opened.catalogue === catalogue else { return }
            opened.settings = catalogue.settings
            opened.catalogue = nil
        }
    }

    /// The catalogue that now has the index's name.
    private func current() throws -> OpenedCatalogue {
        try opened.withLock { opened in
            if let catalogue = opened.catalogue, !catalogue.isReplaced { return catalogue }
            // The old one goes first: files are mapped once a process, and those that others have cut stay so as long as
            // one connection has them.
            opened.settings = opened.catalogue?.settings ?? opened.settings
            opened.catalogue = nil
            let catalogue = try OpenedCatalogue.ofWhatIsThere(
                folder, readers: readers, maintainsPostings: maintainsPostings)
            opened.catalogue = catalogue
            return catalogue
        }
    }

    /// Counts and sizes, as `passerine inspect` and the REST endpoint show them.
    public func statistics() throws -> IndexStatistics {
        try withSnapshot { snapshot in try IndexStatistics(snapshot) }
    }
}
