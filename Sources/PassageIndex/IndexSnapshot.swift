import Corpus
import Foundation
import GRDB
import JSON
import LinearAlgebra
import Ranking
import Synchronization

/// One consistent state of an index, from the first to the last stage of a search.
///
/// Lives only inside `IndexReader.withSnapshot`.
public struct IndexSnapshot {
    public let folder: IndexFolder
    public let settings: IndexSettings
    let database: Database
    let lexical: LexicalIndex
    let segments: SegmentSet
    let filters: FilterCache
    let use = TokenDataUse()

    /// Number of live passages.
    public var passageCount: Int {
        get throws { try LexicalIndex.Collection(database).passages }
    }

    /// The best passages by BM25, best first.
    ///
    /// - Parameters:
    ///   - allowed: which passages are looked at, all where `nil`. The statistics that scores rest on stay those of the
    ///     whole index.
    ///   - cancellation: asked now and then; throws `Cancellation.Cancelled` where it says so.
    public func candidates(
        _ query: String, limit: Int, bm25: BM25, within allowed: PassageSet? = nil,
        cancellation: Cancellation = .never
    ) throws -> [ScoredPassage] {
        try lexical.candidates(
            query, limit: limit, bm25: bm25, within: allowed, in: database, cancellation: cancellation)
    }

    /// The same by scoring every passage that matches, from the full-text index alone.
    public func exhaustiveCandidates(
        _ query: String, limit: Int, bm25: BM25, within allowed: PassageSet? = nil
    ) throws -> [ScoredPassage] {
        try lexical.exhaustiveCandidates(query, limit: limit, bm25: bm25, within: allowed, in: database)
    }

    /// Whether candidates are found by way of postings, and what is wrong with a damaged file.
    public func postingsState() throws -> (state: PostingsState, problem: String?) {
        try lexical.postings.state(in: database)
    }

    /// What each query term gave to a passage's BM25 score: term, occurrences, passages with it, part of the score.
    public func explainTerms(
        _ query: String, passage: Int, bm25: BM25
    ) throws -> [(term: String, count: Int, passages: Int, score: Double)] {
        try lexical.explain(query, passage: passage, bm25: bm25, in: database).map {
            ($0.term, $0.count, $0.passages, $0.score)
        }
    }

    /// A passage's score and the window that gave it.
    public struct WindowScore: Sendable {
        public let score: Float
        /// Position among the passage's windows.
        public let window: Int
    }

    /// TILDEv2's scores, each of the passage's best window (MaxP); `nil` for a passage without token data.
    ///
    /// - Parameters:
    ///   - query: what the query asks for.
    ///   - cancellation: asked before each passage; throws `Cancellation.Cancelled` where it says so.
    public func termScores(
        _ numbers: [Int], query: [TILDE.Term], team: WorkerTeam = .shared, cancellation: Cancellation = .never
    ) throws -> [WindowScore?] {
        let asked = Segment.AskedTerms(query)
        return try best(numbers, group: 256, team: team, cancellation) { try $0.termScore($1, query: asked) }
    }

    /// ColBERT's scores, each of the passage's best window (MaxP); `nil` for a passage without token data.
    ///
    /// - Parameter cancellation: asked before each passage; throws `Cancellation.Cancelled` where it says so.
    public func lateInteractionScores(
        _ numbers: [Int], query: Matrix, team: WorkerTeam = .shared, cancellation: Cancellation = .never
    ) throws -> [WindowScore?] {
        let codec = settings.codec
        let scorer = codec.scorer(query: query)
        return try best(numbers, group: 16, team: team, cancellation) { segment, window in
            guard segment.format.vectors == 0 || segment.format.dimension == query.columns else {
                throw IndexError(.damaged, segment.path, "has vectors of another dimension than the query's")
            }
            let (bytes, count) = try segment.vectors(window, codec: codec)
            return scorer.score(bytes, vectors: count)
        }
    }

    private func best(
        _ numbers: [Int], group: Int, team: WorkerTeam, _ cancellation: Cancellation,
        score: @Sendable (Segment, Int) throws -> Float
    ) throws -> [WindowScore?] {
        let segments = readSegments
        let groups = (numbers.count + group - 1) / group
        let results = Mutex([Result<[WindowScore?], any Error>?](repeating: nil, count: groups))
        team.perform(tasks: groups) { task in
            let part = numbers[task * group..<min(numbers.count, (task + 1) * group)]
            let result = Result {
                try part.map { number -> WindowScore? in
                    try cancellation.check()
                    guard let (segment, windows) = try segments.locate(number) else { return nil }
                    var best: WindowScore?
                    for window in windows {
                        let value = try score(segment, window)
                        guard value.isFinite else {
                            throw IndexError(.damaged, segment.path, "has token data that are no numbers")
                        }
                        if best.map({ value > $0.score }) ?? true {
                            best = WindowScore(score: value, window: window - windows.lowerBound)
                        }
                    }
                    return best
                }
            }
            results.withLock { $0[task] = result }
        }
        return try results.withLock { $0 }.flatMap { try $0?.get() ?? [] }
    }

    /// The segments, to be looked at again when the snapshot ends.
    private var readSegments: SegmentSet {
        use.begin()
        return segments
    }

    /// UTF-8 bytes of the text that each window of a passage covers; none without token data.
    public func spans(_ number: Int) throws -> [Range<Int>] {
        guard let (segment, windows) = try readSegments.locate(number) else { return [] }
        return try windows.map { try segment.span($0) }
    }

    /// TILDEv2's terms of one window of a passage.
    public func terms(_ number: Int, window: Int) throws -> [TILDE.Term] {
        guard let (segment, windows) = try readSegments.locate(number), window < windows.count else { return [] }
        return try segment.terms(windows.lowerBound + window)
    }

    /// ColBERT's vectors of one window of a passage, as stored.
    public func vectors(_ number: Int, window: Int) throws -> Matrix? {
        guard let (segment, windows) = try readSegments.locate(number), window < windows.count else { return nil }
        let (bytes, count) = try segment.vectors(windows.lowerBound + window, codec: settings.codec)
        return settings.codec.decode(bytes, rows: count, dimension: segment.format.dimension)
    }

    /// Passages by number; those that are not there are left out.
    public func passages(_ numbers: [Int]) throws -> [Int: StoredPassage] {
        let statement = try database.cachedStatement(
            sql: "SELECT number, id, text, metadata FROM passages WHERE number = ?")
        var found: [Int: StoredPassage] = [:]
        for number in numbers {
            if let row = try Row.fetchOne(statement, arguments: [number]) {
                found[number] = try StoredPassage(row, folder: folder)
            }
        }
        return found
    }

    /// Gives `body` the metadata of passages one after the other, in order; empty for those that have none or are not there.
    public func forEachMetadata(_ numbers: [Int], _ body: ([CodePoints: JSONValue]) throws -> Void) throws {
        let statement = try database.cachedStatement(sql: "SELECT metadata FROM passages WHERE number = ?")
        for number in numbers {
            try body(
                StoredPassage.metadata(
                    try String.fetchOne(statement, arguments: [number]), number: number, folder: folder))
        }
    }

    /// The user's ids by number.
    public func ids(_ numbers: [Int]) throws -> [Int: String] {
        let statement = try database.cachedStatement(sql: "SELECT id FROM passages WHERE number = ?")
        var found: [Int: String] = [:]
        for number in numbers { found[number] = try String.fetchOne(statement, arguments: [number]) }
        return found
    }

    /// The passage of that id, `nil` where there is none.
    public func passage(id: String) throws -> StoredPassage? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT number, id, text, metadata FROM passages WHERE id = ?"),
            arguments: [id]
        ).map { try StoredPassage($0, folder: folder) }
    }
}

/// Whether a snapshot has read token data.
final class TokenDataUse: Sendable {
    private let hasBegun = Atomic<Bool>(false)

    func begin() {
        if !hasBegun.load(ordering: .relaxed) { hasBegun.store(true, ordering: .relaxed) }
    }

    var isKnown: Bool { hasBegun.load(ordering: .relaxed) }
}
