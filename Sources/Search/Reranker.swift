import BERT
import LinearAlgebra
import Ranking

/// Ranks given passages for given queries without an index: `passerine rerank` and the rerank endpoints.
public struct Reranker: Sendable {
    public let models: ModelSet
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
    }

    /// Encodes passages once, for any number of queries. Throws `EncoderError`.
    public func encode(_ texts: [String]) throws -> [EncodedPassage] {
        guard let encoder else { return texts.map { EncodedPassage(text: $0, windows: [], spans: []) } }
        let windows = texts.map { encoder.windows(of: $0).windows }
        var data = try encoder.encode(windows.flatMap { $0 })[...]
        return zip(texts, windows).map { text, windows in
            defer { data = data.dropFirst(windows.count) }
            return EncodedPassage(text: text, windows: Array(data.prefix(windows.count)), spans: windows.map(\.span))
        }
    }

    /// Ranks passages that come in the order of their scores so far.
    ///
    /// - Returns: positions in `passages`, best first, with the score of the last stage and how many stages ranked it.
    /// Throws `SearchError` and `EncoderError`.
    public func rank(
        query: String, passages: [EncodedPassage], scores: [Double], stages: [Pipeline.Stage]
    ) throws -> [(index: Int, score: Double, stages: Int)] {
        var ranked = passages.indices.map { (index: $0, score: scores[$0], stages: 0) }
        var active = ranked.count
        for stage in stages {
            guard active > 0 else { break }
            let head = Array(ranked[..<active])
            let stageScores = try score(query: query, head.map { passages[$0.index] }, stage.method)
            let combined = stage.combination.scores(stage: stageScores, before: head.map(\.score))
            let sorted = zip(head, combined).map { (index: $0.index, score: $1, stages: $0.stages + 1) }
                .sorted { $0.score != $1.score ? $0.score > $1.score : $0.index < $1.index }
            ranked.replaceSubrange(..<active, with: sorted)
            active = min(active, stage.keep)
        }
        return ranked
    }

    private func score(query: String, _ passages: [EncodedPassage], _ method: Pipeline.Method) throws -> [Double] {
        switch method {
        case .tildev2:
            guard let model = models.tilde, let tilde = model.tilde else { throw missing(method) }
            let terms = tilde.queryTerms(query, tokenizer: model.tokenizer)
            return passages.map { passage in
                passage.windows.map { Double(TILDE.score(query: terms, terms: $0.terms)) }.max() ?? 0
            }
        case .colbert:
            guard let model = models.colbert, let colbert = model.colbert else { throw missing(method) }
            let vectors = try colbert.query(query, model: model)
            return passages.map { passage in
                passage.windows.map { Double(ColBERT.maxSim(query: vectors, passage: $0.vectors)) }.max() ?? 0
            }
        case .crossEncoder:
            guard let model = models.crossEncoder, let crossEncoder = model.crossEncoder else { throw missing(method) }
            return try crossEncoder.scores(query: query, passages: passages.map(\.text), model: model).map(Double.init)
        }
    }

    private func missing(_ method: Pipeline.Method) -> SearchError {
        SearchError(.unavailable, "the stage \(method.rawValue) cannot run: no model for it is loaded")
    }
}
