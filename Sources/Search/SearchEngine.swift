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
    /// Requests that are answered at a time.
    public static let largestBatch = 100

    public let reader: IndexReader
    public let models: ModelSet
    /// Used where a request names no pipeline: the stages of the wanted one that this index can serve.
    public let standardPipeline: Pipeline
    let encoder: PassageEncoder?
    let queries: QueryEncoder

    /// Throws `RankingError` where models and index do not fit.
    ///
    /// - Parameter queries: engines of one process can share it.
    public init(
        reader: IndexReader, models: ModelSet, pipeline: Pipeline = .standard, queries: QueryEncoder = QueryEncoder()
    ) throws {
        self.reader = reader
        self.queries = queries
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
            stages: pipeline.stages.filter { served.model(for: $0.method) != nil })
    }

    /// Answers a request from one consistent state of the index.
    ///
    /// - Parameter budget: looked at in every loop; where the search is not wanted any more it ends with
    ///   `SearchError.cancelled`, where its answer comes to be too large with `SearchError.tooLarge`.
    /// Throws `SearchError`, `IndexError` and `EncoderError`.
    public func search(_ request: SearchRequest, within budget: SearchBudget = .unlimited) throws -> SearchResponse {
        try check(request)
        return try Self.tellingCancellation {
            try reader.withSnapshot { try answer(request, from: $0, isAlone: true, AnswerMeter(budget)) }
        }
    }

    /// Answers up to `largestBatch` requests, in order, all from the same state of the index.
    ///
    /// - Parameter budget: of all answers together.
    public func search(
        batch requests: [SearchRequest], within budget: SearchBudget = .unlimited
    ) throws -> [SearchResponse] {
        try check(batch: requests)
        let meter = AnswerMeter(budget)
        return try Self.tellingCancellation {
            try reader.withSnapshot { snapshot in
                try requests.map { request in
                    try budget.cancellation.check()
                    return try answer(request, from: snapshot, isAlone: false, meter)
                }
            }
        }
    }

    private static func tellingCancellation<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch is Cancellation.Cancelled {
            throw SearchError(.cancelled, "the search was given up before it was done")
        }
    }

    /// Brings into memory what a first search would wait for: models, postings, segments, statements. What goes wrong
    /// here will go wrong there too, and is told there.
    public func warmUp() {
        let first = try? reader.withSnapshot { try $0.passages(Array(0..<20)).min { $0.key < $1.key }?.value.text }
        let words = (first ?? "").split(whereSeparator: \.isWhitespace).prefix(8).joined(separator: " ")
        _ = try? search(SearchRequest(words))
    }

    /// - Parameter isAlone: whether the response can be as large as one request's may be.
    private func answer(
        _ request: SearchRequest, from snapshot: IndexSnapshot, isAlone: Bool, _ meter: AnswerMeter
    ) throws -> SearchResponse {
        let cancellation = meter.budget.cancellation
        let pipeline = request.pipeline ?? standardPipeline
        var ranking = RankingRun(
            snapshot: snapshot, models: models, queries: queries, query: request.query, cancellation: cancellation)
        try ranking.restrict(to: request.filter)
        // Facets count all candidates, also those that no hit will show.
        try ranking.run(pipeline, limit: request.facets.isEmpty ? request.offset + request.k : .max)
        let facets =
            try request.facets.isEmpty
            ? nil
            : ranking.clock.time("facets") {
                try count(request.facets, over: ranking.candidates, in: snapshot, meter)
            }
        let hits = try ranking.clock.time("fetch") {
            // What reads the catalogue here may go through all postings of a term.
            try snapshot.interruptible(by: cancellation) {
                try HitBuilder(
                    engine: self, snapshot: snapshot, request: request, pipeline: pipeline,
                    queryVectors: ranking.queryVectors, feedback: ranking.feedback, givesPictures: isAlone
                )
                .hits(ranking.candidates.dropFirst(request.offset).prefix(request.k), meter)
            }
        }
        return SearchResponse(
            pipeline: pipeline, hits: hits, facets: facets, milliseconds: ranking.clock.stages,
            total: ranking.clock.total)
    }

    private func count(
        _ requests: [FacetRequest], over candidates: [Candidate], in snapshot: IndexSnapshot, _ meter: AnswerMeter
    ) throws -> [FacetCounts] {
        var counters = requests.map { FacetCounts.Counter($0) }
        try snapshot.forEachMetadata(candidates.map(\.number)) { fields in
            try meter.budget.cancellation.check()
            for index in counters.indices { try meter.add(written: 0, memory: counters[index].add(fields)) }
        }
        let counts = counters.map { FacetCounts($0) }
        for facet in counts { try meter.add(written: facet.writtenBytes) }
        return counts
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
