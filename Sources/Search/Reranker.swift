import BERT
import LinearAlgebra
import Ranking

/// Ranks given passages for given queries without an index: `passerine rerank` and the rerank endpoints.
public struct Reranker: Sendable {
    public let models: ModelSet
    /// Long lists come in parts, all with the same query: it is encoded once.
    public let queries = QueryEncoder(cacheBytes: 1 << 20)
    private let encoder: PassageEncoder?

    /// Throws `RankingError`.
    public init(models: ModelSet) throws {
        self.models = models
        encoder = models.encodesPassages ? try PassageEncoder(models: models) : nil
    }

    /// Token data of a passage's windows, in floats.
    public struct EncodedPassage: Sendable {
        let text: String
        let windows: [PassageEncoder.TokenData]
        let spans: [Range<Int>]

        /// The text of a window, or all of it where no stage has chosen one.
        func text(of window: Int?) -> String {
            spans.winning(window).map(text.part) ?? text
        }
    }

    /// Pieces that are encoded together: their states take megabytes.
    private static let piecesAtATime = 32_768

    /// Encodes passages once, for any number of queries. Throws `EncoderError`, and `Cancellation.Cancelled` where they are
    /// not wanted any more.
    ///
    /// - Parameter mostWindows: of a passage; what comes after them is neither read nor ranked.
    public func encode(
        _ texts: [String], mostWindows: Int = .max, cancellation: Cancellation = .never
    ) throws -> [EncodedPassage] {
        guard let encoder else { return texts.map { EncodedPassage(text: $0, windows: [], spans: []) } }
        var encoded: [EncodedPassage] = []
        var waiting: [(text: String, windows: [PassageEncoder.Window])] = []
        var pieces = 0
        func encodeWaiting() throws {
            var data = try encoder.encode(waiting.flatMap(\.windows), cancellation: cancellation)[...]
            for (text, windows) in waiting {
                encoded.append(
                    EncodedPassage(text: text, windows: Array(data.prefix(windows.count)), spans: windows.map(\.span)))
                data = data.dropFirst(windows.count)
            }
            (waiting, pieces) = ([], 0)
        }
        for text in texts {
            try cancellation.check()
            let windows = encoder.windows(of: text, most: mostWindows).windows
            waiting.append((text, windows))
            pieces += windows.reduce(0) { $0 + $1.pieces.count }
            if pieces >= Self.piecesAtATime { try encodeWaiting() }
        }
        try encodeWaiting()
        return encoded
    }

    /// Ranks passages that come in the order of their scores so far.
    ///
    /// - Returns: positions in `passages`, best first, with the score of the last stage and how many stages ranked it.
    /// Throws `SearchError` and `EncoderError`, and `Cancellation.Cancelled` where it is not wanted any more.
    public func rank(
        query: String, passages: [EncodedPassage], scores: [Double], stages: [Pipeline.Stage],
        cancellation: Cancellation = .never
    ) throws -> [(index: Int, score: Double, stages: Int)] {
        var ranked = passages.indices.map { Ranked(index: $0, score: scores[$0]) }
        var active = ranked.count
        for stage in stages {
            guard active > 0 else { break }
            let head = Array(ranked[..<active])
            let found = try score(query: query, head, passages, stage.method, cancellation)
            let combined = stage.combination.scores(stage: found.map(\.score), before: head.map(\.score))
            let sorted = head.indices.map { place in
                Ranked(
                    index: head[place].index, score: combined[place], stages: head[place].stages + 1,
                    window: found[place].window)
            }.sorted { RankOrder.precedes(($0.score, $0.index), ($1.score, $1.index)) }
            ranked.replaceSubrange(..<active, with: sorted)
            active = min(active, stage.keep)
        }
        return ranked.map { ($0.index, $0.score, $0.stages) }
    }

    private struct Ranked {
        let index: Int
        let score: Double
        var stages = 0
        /// The window that won in the last stage that looked at windows.
        var window: Int?
    }

    private typealias WindowScore = (score: Double, window: Int?)

    private func score(
        query: String, _ head: [Ranked], _ passages: [EncodedPassage], _ method: Pipeline.Method,
        _ cancellation: Cancellation
    ) throws -> [WindowScore] {
        let texts = head.map { passages[$0.index] }
        switch method {
        case .tildev2:
            guard let model = models.tilde, let tilde = model.tilde else { throw missing(method) }
            let terms = tilde.queryTerms(query, tokenizer: model.tokenizer)
            return try texts.map { try best($0, cancellation) { TILDE.score(query: terms, terms: $0.terms) } }
        case .colbert:
            guard let model = models.colbert, let vectors = try queries.vectors(query, model: model) else {
                throw missing(method)
            }
            return try texts.map { try best($0, cancellation) { ColBERT.maxSim(query: vectors, passage: $0.vectors) } }
        case .feedback:
            let asked = zip(head, Feedback.weights(head.map(\.score))).compactMap { ranked, weight in
                let windows = passages[ranked.index].windows
                let window = ranked.window ?? 0
                return windows.indices.contains(window)
                    ? Feedback.Passage(vectors: windows[window].vectors, weight: weight) : nil
            }
            guard let vectors = Feedback.query(asked) else { return head.map { (0, $0.window) } }
            return try zip(texts, head).map { text, ranked in
                (
                    try best(text, cancellation) { ColBERT.maxSim(query: vectors, passage: $0.vectors) }.score,
                    ranked.window
                )
            }
        case .crossEncoder:
            guard let model = models.crossEncoder, let crossEncoder = model.crossEncoder else { throw missing(method) }
            let texts = zip(texts, head).map { $0.text(of: $1.window) }
            let scores = try crossEncoder.scores(
                query: query, count: texts.count, model: model, cancellation: cancellation
            ) { texts[$0] }
            return zip(scores, head).map { (Double($0), $1.window) }
        }
    }

    /// The best window's score (MaxP); 0 without windows.
    private func best(
        _ passage: EncodedPassage, _ cancellation: Cancellation, score: (PassageEncoder.TokenData) -> Float
    ) throws -> WindowScore {
        try cancellation.check()
        var best: WindowScore?
        for (window, data) in passage.windows.enumerated() {
            let value = Double(score(data))
            if best.map({ value > $0.score }) ?? true { best = (value, window) }
        }
        return best ?? (0, nil)
    }

    private func missing(_ method: Pipeline.Method) -> SearchError {
        SearchError(.unavailable, "the stage \(method.rawValue) cannot run: no model for it is loaded")
    }
}
