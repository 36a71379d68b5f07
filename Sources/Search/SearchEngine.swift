import BERT
import Foundation
import LinearAlgebra
import PassageIndex
import Ranking

/// Searches one index with a set of models; the type to read first in this target.
///
///     let engine = try SearchEngine(reader: reader, models: models)
///     let response = try engine.search(SearchRequest("draw diagrams of a network"))
public final class SearchEngine: Sendable {
    /// Queries longer than this many UTF-8 bytes are refused.
    public static let largestQuery = 64 << 10

    public let reader: IndexReader
    public let models: ModelSet
    /// Used where a request names no pipeline: the stages of the wanted one that this index can serve.
    public let standardPipeline: Pipeline
    let encoder: PassageEncoder?

    /// Throws `RankingError` where models and index do not fit.
    public init(reader: IndexReader, models: ModelSet, pipeline: Pipeline = .standard) throws {
        self.reader = reader
        let settings = reader.settings
        self.models = ModelSet(
            colbert: settings.colbert == nil ? nil : models.colbert,
            tilde: settings.tildev2 == nil ? nil : models.tilde,
            crossEncoder: models.crossEncoder)
        let served = self.models
        encoder =
            served.encodesPassages
            ? try PassageEncoder(models: served, dimension: served.colbert == nil ? nil : settings.dimension) : nil
        standardPipeline = Pipeline(
            candidates: pipeline.candidates, bm25: pipeline.bm25,
            stages: pipeline.stages.filter { Self.model(for: $0.method, in: served) != nil })
    }

    private static func model(for method: Pipeline.Method, in models: ModelSet) -> RankingModel? {
        switch method {
        case .tildev2: models.tilde
        case .colbert: models.colbert
        case .crossEncoder: models.crossEncoder
        }
    }

    /// Answers a request from one consistent state of the index.
    ///
    /// - Parameter isCancelled: asked between stages; where it says yes the search ends with `SearchError.cancelled`.
    /// Throws `SearchError`, `IndexError` and `EncoderError`.
    public func search(
        _ request: SearchRequest, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws -> SearchResponse {
        let pipeline = request.pipeline ?? standardPipeline
        try check(request, pipeline)
        return try reader.withSnapshot { snapshot in
            var ranking = RankingRun(
                snapshot: snapshot, models: models, query: request.query, isCancelled: isCancelled)
            try ranking.run(pipeline, limit: request.k)
            let hits = try ranking.clock.time("fetch") {
                try HitBuilder(engine: self, snapshot: snapshot, request: request, pipeline: pipeline)
                    .hits(ranking.candidates.prefix(request.k))
            }
            return SearchResponse(
                pipeline: pipeline, hits: hits, milliseconds: ranking.clock.stages, total: ranking.clock.total)
        }
    }

    private func check(_ request: SearchRequest, _ pipeline: Pipeline) throws {
        guard (1...Pipeline.largestKeep).contains(request.k) else {
            throw SearchError(.invalid, "k is \(request.k); it can be 1 to \(Pipeline.largestKeep)")
        }
        guard request.query.utf8.count <= Self.largestQuery else {
            throw SearchError(
                .invalid, "the query has \(request.query.utf8.count) bytes; at most \(Self.largestQuery) are allowed")
        }
        try pipeline.validate()
        for stage in pipeline.stages where Self.model(for: stage.method, in: models) == nil {
            let reason =
                stage.method == .crossEncoder
                ? "no cross-encoder is loaded; name one in models.cross_encoder"
                : "the index has no token data for it"
            throw SearchError(.unavailable, "the stage \(stage.method.rawValue) cannot run: \(reason)")
        }
    }
}

/// Milliseconds by stage.
final class StageClock {
    private(set) var stages: [(stage: String, time: Double)] = []
    private let start = ContinuousClock.now

    var total: Double { start.milliseconds }

    func time<Result>(_ stage: String, _ body: () throws -> Result) rethrows -> Result {
        let start = ContinuousClock.now
        let result = try body()
        stages.append((stage, start.milliseconds))
        return result
    }
}

extension ContinuousClock.Instant {
    /// Milliseconds from this instant until now.
    fileprivate var milliseconds: Double {
        let (seconds, attoseconds) = (ContinuousClock.now - self).components
        return Double(seconds) * 1e3 + Double(attoseconds) / 1e15
    }
}
