import Corpus
import Foundation
import GRDB
import JSON
import Ranking

/// Adds, replaces and deletes passages. One writer an index; readers go on meanwhile and see whole commits.
///
///     let writer = try IndexWriter(folder, settings: IndexSettings(models: models), models: models)
///     try writer.add(passages)
///     try writer.commit()
///
/// Not thread-safe: one thread writes. `GroupWriter` is the front for many.
public final class IndexWriter {
    private static let piecesPerBatch = 65_536
    /// Bytes of text that are cut into windows at a time.
    private static let bytesPerBatch = 4 << 20

    /// What an index must be before it is opened.
    public enum Expectation: Sendable {
        /// There or not; where it is not it is made.
        case any
        case existing
        case absent

        /// Throws `IndexError`: `missing` or `exists`.
        fileprivate func check(_ folder: IndexFolder) throws {
            switch self {
            case .any: break
            case .existing:
                guard folder.exists else { throw IndexError(.missing, folder.path, "there is no index here") }
            case .absent:
                guard !folder.exists else {
                    throw IndexError(.exists, folder.path, "there is an index of this name already")
                }
            }
        }
    }

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
        /// Segments that were merged away.
        public var merged = 0
    }

    /// A change that waits for the next commit.
    enum Change {
        case add(Addition)
        case delete(id: String)
    }

    struct Addition {
        let number: Int
        let passage: Passage
        let firstWindow: Int
        let windows: Int
    }

    public let folder: IndexFolder
    public let settings: IndexSettings
    public internal(set) var summary = Summary()
    /// When segments are merged after a commit; `nil` leaves that to `compact`.
    public var policy: CompactionPolicy? = .background
    /// Why the last merge after a commit did not succeed; the commit itself did.
    public internal(set) var compactionFailure: (any Error)?

    let pool: DatabasePool
    var pending: [Change] = []
    var segment: SegmentWriter?
    var nextPassage: Int
    var nextSegment: Int
    /// The first passage number that no commit has taken.
    var firstUncommitted: Int
    private let lock: WriterLock
    private let files: OpenedFiles
    private let encoder: PassageEncoder?

    /// Opens an index for writing, or makes it with `settings` where there is none. One of an older format is upgraded.
    ///
    /// - Parameters:
    ///   - settings: used for a new index; where one is there, its own settings hold.
    ///   - models: must be those that the index was made with.
    ///   - expectation: what must be there, also at the moment when the right to write has been had.
    /// Throws `IndexError` and `RankingError`.
    public convenience init(
        _ folder: IndexFolder, settings proposed: IndexSettings, models: ModelSet,
        expecting expectation: Expectation = .any
    ) throws {
        try self.init(folder, settings: proposed, models: models, encodes: true, expectation)
    }

    /// Opens an index to merge its segments or delete from it, for which no models are needed. Throws `IndexError`.
    public convenience init(maintaining folder: IndexFolder) throws {
        try self.init(folder, settings: IndexSettings(models: .none), models: .none, encodes: false, .existing)
    }

    private init(
        _ folder: IndexFolder, settings proposed: IndexSettings, models: ModelSet, encodes: Bool,
        _ expectation: Expectation
    ) throws {
        self.folder = folder
        try expectation.check(folder)
        // Settings that cannot be leave nothing behind.
        if !folder.exists {
            try proposed.check(folder)
            if encodes { _ = try proposed.encoder(models, folder: folder) }
        }
        if expectation != .existing { try DurableFile.makeFolder(folder.path) }
        lock = try WriterLock(folder)
        // Others may have made or dropped the index before the lock was had.
        try expectation.check(folder)
        try DurableFile.makeFolder(folder.segments)
        do {
            (pool, settings) = try Catalogue.openForWriting(folder, proposed: proposed)
            (nextPassage, nextSegment) = try pool.read { (try $0.state("next_passage"), try $0.state("next_segment")) }
        } catch {
            throw Catalogue.failure(folder, error)
        }
        files = OpenedFiles(folder, lock: lock.identity)
        try settings.check(models, folder: folder)
        encoder = encodes ? try settings.encoder(models, folder: folder) : nil
        firstUncommitted = nextPassage
        try files.check()
        try folder.removeOrphans(pool)
    }

    /// Throws `IndexError` of kind `replaced` where the files that are open are no longer those of the index: what is
    /// written to them is lost, and what is removed by name is another's.
    func checkPlace() throws {
        try files.check()
        try pool.writeWithoutTransaction { try CheckedPages.checkFiles(of: $0, folder) }
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
            let scalars = passage.text.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }
            passage.text = String(String.UnicodeScalarView(scalars))
        }
        guard let encoder else { return Prepared(passage: passage, windows: [], isCut: false) }
        let (windows, isCut) = encoder.windows(of: passage.text, splits: settings.splitsPassages)
        return Prepared(passage: passage, windows: windows, isCut: isCut)
    }

    /// Encodes passages and keeps them for the next commit. Throws `IndexError` and `EncoderError`.
    ///
    /// When it throws, nothing that was added or marked since the last commit is left.
    public func add(_ passages: [Passage]) throws {
        try groups(of: passages, until: Self.bytesPerBatch, size: { $0.text.utf8.count }) { try add($0.map(prepare)) }
    }

    /// Gives `body` passages in their order, so many at a time that their sizes come to `limit`.
    private func groups<Element>(
        of passages: [Element], until limit: Int, size: (Element) -> Int, _ body: ([Element]) throws -> Void
    ) throws {
        var first = 0
        while first < passages.count {
            var (end, sum) = (first, 0)
            while end < passages.count, sum < limit {
                sum += size(passages[end])
                end += 1
            }
            try body(Array(passages[first..<end]))
            first = end
        }
    }

    /// Encodes prepared passages and keeps them for the next commit.
    ///
    /// When it throws, nothing that was added or marked since the last commit is left.
    public func add(_ passages: [Prepared]) throws {
        guard encoder != nil || !settings.hasTokenData else {
            throw IndexError(.invalid, folder.path, "was opened without its models; nothing can be added")
        }
        do {
            // Token data wait in memory for nobody but the rest of their group.
            try groups(of: passages, until: Self.piecesPerBatch, size: \.pieces) { group in
                var data = try encode(group.flatMap(\.windows))[...]
                for prepared in group {
                    try append(prepared, data: Array(data.prefix(prepared.windows.count)))
                    data = data.dropFirst(prepared.windows.count)
                }
            }
        } catch {
            abandon()
            throw error
        }
    }

    /// Token data of windows, so many at a time as the encoder's memory bears.
    private func encode(_ windows: [PassageEncoder.Window]) throws -> [PassageEncoder.TokenData] {
        guard let encoder else { return [] }
        var data: [PassageEncoder.TokenData] = []
        var batch: [PassageEncoder.Window] = []
        var pieces = 0
        for window in windows {
            batch.append(window)
            pieces += window.pieces.count
            if pieces >= Self.piecesPerBatch {
                data += try encoder.encode(batch)
                (batch, pieces) = ([], 0)
            }
        }
        return batch.isEmpty ? data : data + (try encoder.encode(batch))
    }

    private func append(_ prepared: Prepared, data: [PassageEncoder.TokenData]) throws {
        let number = nextPassage
        guard number <= Int(UInt32.max) else {
            throw IndexError(.invalid, folder.path, "has used up its 2^32 passage numbers; index into a new one")
        }
        var firstWindow = 0
        if encoder != nil {
            let segment = try self.segment ?? beginSegment()
            firstWindow = segment.windowCount
            try segment.append(
                number: UInt32(number), windows: zip(prepared.windows.map(\.span), data).map { (span: $0, data: $1) })
        }
        nextPassage += 1
        pending.append(
            .add(
                Addition(
                    number: number, passage: prepared.passage, firstWindow: firstWindow,
                    windows: prepared.windows.count)))
        summary.pieces += prepared.pieces
        summary.cut += prepared.isCut ? 1 : 0
        summary.split += prepared.windows.count > 1 ? 1 : 0
    }

    private func beginSegment() throws -> SegmentWriter {
        let writer = try SegmentWriter(
            number: nextSegment, folder: folder, codec: settings.codec, dimension: settings.dimension)
        segment = writer
        return writer
    }

    /// Keeps the deletion of passages for the next commit, after all that was added before.
    public func markDeleted(ids: [String]) { pending += ids.map { .delete(id: $0) } }

    /// Deletes passages, and commits them with what is pending; returns how many there were. Throws `IndexError`.
    @discardableResult
    public func delete(ids: [String]) throws -> Int {
        markDeleted(ids: ids)
        return try commit().suffix(ids.count).count { $0 }
    }

    /// Number of changes that wait for a commit.
    public var pendingCount: Int { pending.count }

    /// Forgets everything since the last commit.
    public func abandon() {
        pending = []
        segment = nil
        nextPassage = firstUncommitted
    }

    /// How far an input has been indexed, `nil` where this state of it was never seen. Throws `IndexError`.
    public func progress(of fingerprint: InputFingerprint, format: CorpusFormat? = nil) throws -> InputProgress? {
        do {
            return try pool.read { try InputProgress(fingerprint: fingerprint, format: format).stored(in: $0) }
        } catch {
            throw Catalogue.failure(folder, error)
        }
    }

    /// Whether the index has a passage as it is, by the last commit. Throws `IndexError`.
    public func holds(_ passage: Passage) throws -> Bool {
        do {
            return try pool.read { database in
                let row = try Row.fetchOne(
                    database.cachedStatement(sql: "SELECT text, metadata FROM passages WHERE id = ?"),
                    arguments: [passage.id])
                guard let row else { return false }
                let (text, metadata): (String, String?) = (try row.decode(atIndex: 0), try row.decode(atIndex: 1))
                return text.utf8.elementsEqual(passage.text.utf8)
                    && (metadata ?? "").utf8.elementsEqual((passage.storedMetadata ?? "").utf8)
            }
        } catch {
            throw Catalogue.failure(folder, error)
        }
    }

    /// The folders that the paths in ids of passages are relative to, so far as they were recorded with a commit.
    /// Throws `IndexError`.
    public func sourceFolders() throws -> [String] {
        do {
            return try pool.read { try SourceFolders(storedIn: $0).paths }
        } catch {
            throw Catalogue.failure(folder, error)
        }
    }
}

extension Passage {
    /// The metadata as the catalogue has them; `nil` where there are none.
    var storedMetadata: String? { metadata.isEmpty ? nil : JSONValue.object(metadata).serialised() }
}
