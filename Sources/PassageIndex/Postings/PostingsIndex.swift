import Foundation
import GRDB
import GRDBSQLite
import LinearAlgebra
import Ranking
import Synchronization

/// Whether an index has postings to search by, and why not.
public enum PostingsState: String, Sendable, Codable {
    /// They are there and cover the index as it is.
    case ready
    /// They are being built; until then every matching passage is scored.
    case building
    /// There are none; `passerine compact` builds them.
    case missing
    /// Too much has been added or removed since they were made; `passerine compact` makes them anew.
    case stale
    /// Their file failed a check and is not used.
    case damaged
}

/// Finds the best passages by BM25 in the postings derived from the full-text index, as that index is now.
///
/// Passages added since the postings were made are taken from the catalogue into memory, removed ones are left out, so
/// the answer is what scoring every passage gives. Where there are no postings, or the difference has grown too large,
/// there is no answer and the caller goes the long way; postings are then built in the background, where wanted.
final class PostingsIndex: Sendable {
    /// From so many passage numbers, terms or removals on, the difference to the file is too large to be carried along.
    private static let mostAddedNumbers = 32_768
    private static let mostAddedTerms = 4_000_000
    private static let mostRemoved = 65_536
    /// The share of these from which new postings are built in the background.
    private static let rebuildShare = 4
    /// How long an absent file is not looked for again.
    private static let patience = Duration.seconds(1)
    /// Numbers whose lengths are compared, so that a file of another history of the index is noticed.
    private static let comparedNumbers = 64

    private struct Known {
        var view: PostingsView?
        var file: PostingsFile?
        var state = PostingsState.missing
        /// Generation for which there was nothing to use, and when that was.
        var missed: (generation: Int, time: ContinuousClock.Instant)?
        /// Inodes of damaged files that could not be removed.
        var refused: Set<UInt64> = []
        var isBuilding = false
        var problem: String?
    }

    private let folder: IndexFolder
    private let reader: TermReader
    private let maintains: Bool
    private let scratch = ScratchPool()
    private let known = Mutex(Known())

    init(_ folder: IndexFolder, reader: TermReader, maintains: Bool) {
        self.folder = folder
        self.reader = reader
        self.maintains = maintains
    }

    /// The best passages, best first; `nil` where there are no postings to find them by.
    func candidates(
        _ terms: [QueryTerm], limit: Int, bm25: BM25, within allowed: PassageSet?,
        _ collection: LexicalIndex.Collection, in database: Database, cancellation: Cancellation
    ) throws -> [ScoredPassage]? {
        try usingView(in: database, collection) {
            try $0.candidates(
                terms, limit: limit, bm25: bm25, within: allowed, collection, scratch: scratch,
                cancellation: cancellation)
        }
    }

    /// How often each term occurs in a passage, and in how many passages it does; `nil` without postings.
    func statistics(
        _ terms: [QueryTerm], passage: Int, _ collection: LexicalIndex.Collection, in database: Database
    ) throws -> [(count: Int, passages: Int)]? {
        try usingView(in: database, collection) { try $0.statistics(terms, passage: passage) }
    }

    /// Whether searches go by postings, and what is wrong with a damaged file.
    func state(in database: Database) throws -> (state: PostingsState, problem: String?) {
        _ = try usingView(in: database, LexicalIndex.Collection(database)) { _ in }
        return known.withLock { ($0.isBuilding && $0.state != .ready ? .building : $0.state, $0.problem) }
    }

    private func usingView<Result>(
        in database: Database, _ collection: LexicalIndex.Collection, _ body: (PostingsView) throws -> Result
    ) throws -> Result? {
        guard let view = try usableView(in: database, collection) else { return nil }
        do {
            let result = try body(view)
            try view.file.checkWhole()
            return result
        } catch let error as IndexError where error.kind == .damaged {
            known.withLock { refuse(view.file.path, error, &$0) }
            buildInBackground()
            return nil
        }
    }

    /// The postings of the state that a transaction sees; a file that proves damaged while it is brought up to that is
    /// given up.
    private func usableView(in database: Database, _ collection: LexicalIndex.Collection) throws -> PostingsView? {
        do {
            return try view(in: database, collection)
        } catch let error as DamagedPostings {
            known.withLock { refuse(error.path, error.reason, &$0) }
            buildInBackground()
            return nil
        }
    }

    private struct DamagedPostings: Error {
        let path: String
        let reason: IndexError
    }

    /// The postings of the state that a transaction sees.
    private func view(in database: Database, _ collection: LexicalIndex.Collection) throws -> PostingsView? {
        let generation = try database.state("generation")
        let (view, wantsBuild) = try known.withLock { known -> (PostingsView?, Bool) in
            if let view = known.view, view.generation == generation { return (view, false) }
            if let missed = known.missed, missed.generation == generation, .now - missed.time < Self.patience {
                return (nil, false)
            }
            findFile(for: generation, &known)
            guard let file = known.file, file.format.generation <= generation else {
                known.missed = (generation, .now)
                return (nil, known.state != .ready)
            }
            let isNewer = known.view.map { $0.generation < generation } ?? true
            guard let view = try makeView(of: file, generation, known.view, collection, in: database) else {
                known.missed = (generation, .now)
                if isNewer { known.state = .stale }
                return (nil, true)
            }
            // A snapshot older than what is known must not take newer knowledge away.
            if isNewer { (known.view, known.state, known.problem) = (view, .ready, nil) }
            let isOld =
                view.added.numbers.count > Self.mostAddedNumbers / Self.rebuildShare
                || view.removed.numbers.count > Self.mostRemoved / Self.rebuildShare
            return (view, isOld)
        }
        if wantsBuild { buildInBackground() }
        return view
    }

    /// Opens the newest file that a state can use, unless it is open.
    private func findFile(for generation: Int, _ known: inout Known) {
        let current = known.file?.format.generation ?? -1
        for (made, path) in folder.postingsFiles where made <= generation && made > current {
            guard let inode = Self.inode(path), !known.refused.contains(inode) else { continue }
            do {
                known.file = try PostingsFile(path: path)
                known.view = nil
                return
            } catch let error as IndexError {
                refuse(path, error, &known)
            } catch {
                continue
            }
        }
        if known.file == nil, known.state != .damaged { known.state = .missing }
    }

    private static func inode(_ path: String) -> UInt64? {
        var status = Glibc.stat()
        return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }

    /// Gives up a damaged file, which can be made again.
    private func refuse(_ path: String, _ error: IndexError, _ known: inout Known) {
        if let inode = Self.inode(path) { known.refused.insert(inode) }
        unlink(path)
        (known.file, known.view, known.state, known.problem) = (nil, nil, .damaged, error.description)
    }

    /// Brings a file up to the state that a transaction sees; `nil` where it is too far from it.
    private func makeView(
        of file: PostingsFile, _ generation: Int, _ older: PostingsView?, _ collection: LexicalIndex.Collection,
        in database: Database
    ) throws -> PostingsView? {
        let older = older.flatMap { $0.file === file && $0.generation <= generation ? $0 : nil }
        let first = file.format.numbers
        let next = try database.state("next_passage")
        guard next >= first, next - first <= Self.mostAddedNumbers, try agrees(file, with: database) else { return nil }
        var lengths = [UInt32](repeating: PostingsFormat.absent, count: next - first)
        var (live, terms) = (0, 0)
        try database.forEachRow("SELECT id, sz FROM lexical_docsize WHERE id >= ?", [first]) { row in
            let place = Int(sqlite3_column_int64(row, 0)) - first
            guard lengths.indices.contains(place) else { return }
            lengths[place] = UInt32(clamping: Varint.column(1, of: row))
            terms += Int(lengths[place])
            live += 1
        }
        let removals = file.format.passages - (collection.passages - live)
        guard terms <= Self.mostAddedTerms, (0...Self.mostRemoved).contains(removals) else { return nil }
        var removed = older?.removed ?? .none
        if removals != removed.numbers.count {
            removed = try RemovedPassages(numbers: findRemoved(from: file, in: database), of: first)
            guard removed.numbers.count == removals else { return nil }
        }
        let added = try AddedPassages(
            older?.added ?? AddedPassages(from: first), lengths: lengths, reader: reader, in: database)
        do { try file.checkWhole() } catch let error as IndexError {
            throw DamagedPostings(path: file.path, reason: error)
        }
        return PostingsView(generation: generation, file: file, removed: removed, added: added)
    }

    /// Whether the file's last passages are those of this catalogue, and not of one that was restored in its place.
    private func agrees(_ file: PostingsFile, with database: Database) throws -> Bool {
        let lengths = file.lengths
        var agrees = true
        try database.forEachRow(
            "SELECT id, sz FROM lexical_docsize WHERE id < ? ORDER BY id DESC LIMIT ?",
            [lengths.count, Self.comparedNumbers]
        ) { row in
            let number = Int(sqlite3_column_int64(row, 0))
            guard lengths.indices.contains(number) else {
                agrees = false
                return
            }
            agrees = agrees && lengths[number] == UInt32(clamping: Varint.column(1, of: row))
        }
        return agrees
    }

    /// Numbers of the file's passages that are gone.
    private func findRemoved(from file: PostingsFile, in database: Database) throws -> [UInt32] {
        let lengths = file.lengths
        var removed: [UInt32] = []
        var next = 0
        func pass(to end: Int) {
            for number in next..<max(next, end) where lengths[number] != PostingsFormat.absent {
                removed.append(UInt32(number))
            }
            next = end + 1
        }
        try database.forEachRow("SELECT id FROM lexical_docsize WHERE id >= 0 AND id < ? ORDER BY id", [lengths.count])
        {
            pass(to: Int(sqlite3_column_int64($0, 0)))
        }
        pass(to: lengths.count)
        return removed
    }

    /// Builds new postings on a thread of their own, one build at a time.
    private func buildInBackground() {
        let starts = known.withLock { known in
            guard maintains, !known.isBuilding else { return false }
            known.isBuilding = true
            return true
        }
        guard starts else { return }
        let folder = folder
        let thread = Thread { [weak self] in
            let problem = Result { try PostingsBuilder(folder).build() }.failure
            self?.known.withLock { known in
                known.isBuilding = false
                // The next search looks for the new file.
                (known.missed, known.view) = (nil, nil)
                if let problem { known.problem = (problem as? IndexError)?.message ?? "they could not be built" }
            }
        }
        thread.name = "postings"
        thread.start()
    }
}

extension Result {
    fileprivate var failure: Failure? {
        guard case .failure(let error) = self else { return nil }
        return error
    }
}
