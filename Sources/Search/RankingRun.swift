import BERT
import LinearAlgebra
import PassageIndex
import Ranking

/// A candidate on its way through a pipeline.
struct Candidate {
    let number: Int
    var score: Double
    /// Stages that have ranked it, BM25 included.
    var stages = 1
    /// Which of its windows won in the last stage that looked at windows; `nil` before there was one.
    var window: Int?
    /// Scores of the single stages, in the pipeline's order.
    var scores: [(stage: String, score: Double)]

    /// The window that stands for the passage: the first where none has won.
    var shownWindow: Int { window ?? 0 }

    /// UTF-8 bytes of the window that won; `nil` where none has, or there is no other.
    func winningSpan(in snapshot: IndexSnapshot) throws -> Range<Int>? {
        guard let window else { return nil }
        return try snapshot.spans(number).winning(window)
    }
}

/// One query's way through a pipeline over one state of an index.
struct RankingRun {
    let snapshot: IndexSnapshot
    let models: ModelSet
    let queries: QueryEncoder
    let query: String
    let cancellation: Cancellation
    private(set) var candidates: [Candidate] = []
    /// The query's vectors, `[pieces, dimension]`, once a stage has needed them.
    private(set) var queryVectors: Matrix?
    /// What the last feedback stage asked with.
    private(set) var feedback: [(number: Int, passage: Feedback.Passage)] = []
    let clock = StageClock()
    private var allowed: PassageSet?

    init(
        snapshot: IndexSnapshot, models: ModelSet, queries: QueryEncoder, query: String,
        cancellation: Cancellation
    ) {
        self.snapshot = snapshot
        self.models = models
        self.queries = queries
        self.query = query
        self.cancellation = cancellation
    }

    /// Leaves out every passage that a filter does not let through. Throws `Cancellation.Cancelled`.
    mutating func restrict(to filter: MetadataFilter?) throws {
        guard let filter else { return }
        allowed = try clock.time("filter") { try snapshot.passages(matching: filter) { cancellation.isCancelled } }
        guard allowed != nil else { throw Cancellation.Cancelled() }
    }

    /// Finds and ranks candidates; the best comes first.
    mutating func run(_ pipeline: Pipeline, limit: Int) throws {
        // Without further stages there is no use in candidates that nobody asked for.
        let wanted = pipeline.stages.isEmpty ? min(pipeline.candidates, limit) : pipeline.candidates
        candidates = try clock.time("bm25") {
            try snapshot.interruptible(by: cancellation) {
                try snapshot.candidates(
                    query, limit: wanted, bm25: pipeline.bm25, within: allowed, cancellation: cancellation
                ).map {
                    Candidate(number: $0.number, score: $0.score, scores: [("bm25", $0.score)])
                }
            }
        }
        var active = candidates.count
        for stage in pipeline.stages {
            try cancellation.check()
            guard active > 0 else { break }
            let head = Array(candidates[..<active])
            let ranked = try clock.time(stage.method.rawValue) { try rank(head, by: stage) }
            candidates.replaceSubrange(..<active, with: ranked)
            active = min(active, stage.keep)
        }
    }

    private mutating func rank(_ head: [Candidate], by stage: Pipeline.Stage) throws -> [Candidate] {
        let scored = try scores(head, stage.method)
        let combined = stage.combination.scores(stage: scored.map(\.score), before: head.map(\.score))
        var ranked = head
        for index in ranked.indices {
            ranked[index].score = combined[index]
            ranked[index].stages += 1
            ranked[index].window = scored[index].window
            ranked[index].scores.append((stage.method.rawValue, scored[index].score))
        }
        return ranked.sorted { RankOrder.precedes(($0.score, $0.number), ($1.score, $1.number)) }
    }

    private mutating func scores(_ head: [Candidate], _ method: Pipeline.Method) throws -> [(
        score: Double, window: Int?
    )] {
        let numbers = head.map(\.number)
        switch method {
        case .tildev2:
            guard let model = models.tilde, let tilde = model.tilde else { throw missing(method) }
            let terms = tilde.queryTerms(query, tokenizer: model.tokenizer)
            return try snapshot.termScores(numbers, query: terms, cancellation: cancellation).map {
                ($0.map { Double($0.score) } ?? 0, $0?.window)
            }
        case .colbert:
            guard let model = models.colbert,
                let vectors = try queryVectors
                    ?? queries.vectors(query, model: model, dimension: snapshot.settings.dimension)
            else { throw missing(method) }
            queryVectors = vectors
            return try snapshot.lateInteractionScores(numbers, query: vectors, cancellation: cancellation).map {
                ($0.map { Double($0.score) } ?? 0, $0?.window)
            }
        case .feedback:
            feedback = try zip(head, Feedback.weights(head.map(\.score))).compactMap { candidate, weight in
                try snapshot.vectors(candidate.number, window: candidate.shownWindow).map {
                    (candidate.number, Feedback.Passage(vectors: $0, weight: weight))
                }
            }
            guard let vectors = Feedback.query(feedback.map(\.passage)) else {
                return head.map { (0, $0.window) }
            }
            // The window that answers the query stays the one that is shown.
            let scores = try snapshot.lateInteractionScores(numbers, query: vectors, cancellation: cancellation)
            return zip(scores, head).map { ($0.map { Double($0.score) } ?? 0, $1.window) }
        case .crossEncoder:
            guard let model = models.crossEncoder, let crossEncoder = model.crossEncoder else { throw missing(method) }
            let scores = try crossEncoder.scores(
                query: query, count: head.count, model: model, cancellation: cancellation
            ) { part in
                let passages = try snapshot.passages(Array(numbers[part]))
                return try head[part].map { candidate -> String in
                    guard let passage = passages[candidate.number] else { return "" }
                    return try candidate.winningSpan(in: snapshot).map(passage.text.part) ?? passage.text
                }
            }
            return zip(scores, head).map { (Double($0), $1.window) }
        }
    }

    private func missing(_ method: Pipeline.Method) -> SearchError {
        SearchError(.unavailable, "the stage \(method.rawValue) cannot run: no model for it is loaded")
    }
}

extension [Range<Int>] {
    /// Of a passage's windows the one that won; `nil` where none has, or there is no other.
    func winning(_ window: Int?) -> Range<Int>? {
        guard let window, count > 1, indices.contains(window) else { return nil }
        return self[window]
    }
}

extension String {
    /// The text of a range of UTF-8 bytes, empty where it reaches outside.
    func part(_ bytes: Range<Int>) -> String {
        guard bytes.lowerBound >= 0, bytes.upperBound <= utf8.count else { return "" }
        let start = utf8.index(utf8.startIndex, offsetBy: bytes.lowerBound)
        return String(decoding: utf8[start..<utf8.index(start, offsetBy: bytes.count)], as: UTF8.self)
    }
}
