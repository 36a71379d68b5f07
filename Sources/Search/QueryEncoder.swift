import BERT
import Foundation
import JSON
import LinearAlgebra
import Ranking
import Synchronization

/// Encodes queries for late interaction: those that come at the same time in one pass of the encoder, and those that came
/// before not at all.
///
///     let encoder = QueryEncoder(cacheBytes: 32 << 20)
///     let vectors = try encoder.vectors("draw diagrams", model: model, dimension: 96)   // [pieces, 96]
///
/// Nobody waits for company: a query that comes while there is room for another pass begins it at once; those that come
/// meanwhile are taken together by the next.
public final class QueryEncoder: Sendable {
    /// What has been asked so far.
    public struct Statistics: Sendable, Equatable {
        /// Queries whose vectors were in the cache.
        public var hits = 0
        /// Queries that were encoded, and in how many passes.
        public var misses = 0
        public var passes = 0
        /// Queries in the cache, and what it takes.
        public var entries = 0
        public var bytes = 0
    }

    private struct Key: Hashable, Sendable {
        let model: String
        let dimension: Int
        let query: CodePoints
    }

    /// A query that waits for its vectors.
    private final class Request: @unchecked Sendable {
        // Unchecked: `outcome` is written before `turn` is signalled, and read after it has been waited for.
        let model: RankingModel
        let colbert: ColBERT
        let sequence: TokenSequence
        let dimension: Int?
        let turn = DispatchSemaphore(value: 0)
        /// Nil at its turn: this request is to lead the next pass.
        var outcome: Result<Matrix, any Error>?

        init(model: RankingModel, colbert: ColBERT, sequence: TokenSequence, dimension: Int?) {
            (self.model, self.colbert, self.sequence, self.dimension) = (model, colbert, sequence, dimension)
        }
    }

    private struct State {
        var cache: LRUCache<Key, Matrix>
        var statistics = Statistics()
        var waiting: [Request] = []
        var passes = 0
    }

    /// Queries of one pass: more gain nothing (docs/architecture.md has the figures), and the last would wait for all.
    static let mostTogether = 8
    /// What an entry costs beside vectors and text: the key, its place and its links.
    private static let entryBytes = 256

    private let state: Mutex<State>

    /// - Parameter cacheBytes: what remembered vectors and their queries may take; 0 remembers nothing.
    public init(cacheBytes: Int = 0) {
        state = Mutex(State(cache: LRUCache(limit: cacheBytes)))
    }

    public var statistics: Statistics {
        state.withLock { state in
            var statistics = state.statistics
            (statistics.entries, statistics.bytes) = (state.cache.count, state.cache.cost)
            return statistics
        }
    }

    /// Vectors of a query, `[pieces, dimension]` (`ColBERT.queryVectors`). Throws `EncoderError`.
    public func vectors(_ query: String, model: RankingModel, dimension: Int? = nil) throws -> Matrix? {
        guard let colbert = model.colbert else { return nil }
        let key = Key(model: model.fingerprint, dimension: dimension ?? colbert.dimension, query: CodePoints(query))
        let known = state.withLock { state in
            let known = state.cache.value(for: key)
            if known == nil { state.statistics.misses += 1 } else { state.statistics.hits += 1 }
            return known
        }
        if let known { return known }
        let vectors = try encode(
            Request(
                model: model, colbert: colbert,
                sequence: colbert.querySequence(query, tokenizer: model.tokenizer), dimension: dimension))
        let bytes = vectors.count * MemoryLayout<Float>.size + query.utf8.count + Self.entryBytes
        state.withLock { $0.cache.insert(vectors, for: key, cost: bytes) }
        return vectors
    }

    private func encode(_ request: Request) throws -> Matrix {
        // As long as threads are free, queries are encoded sooner apart.
        let room = request.model.encoder.team.size
        let leads = state.withLock { state in
            guard state.passes >= room else {
                state.passes += 1
                return true
            }
            state.waiting.append(request)
            return false
        }
        if !leads {
            request.turn.wait()
            if let outcome = request.outcome { return try outcome.get() }
        }
        let company = state.withLock { state in
            state.statistics.passes += 1
            let chosen = state.waiting.filter { $0.model === request.model }.prefix(Self.mostTogether - 1)
            state.waiting.removeAll { request in chosen.contains { $0 === request } }
            return Array(chosen)
        }
        let outcomes = Self.pass([request] + company)
        for (other, outcome) in zip(company, outcomes.dropFirst()) {
            other.outcome = outcome
            other.turn.signal()
        }
        let next = state.withLock { state -> Request? in
            guard !state.waiting.isEmpty else {
                state.passes -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.turn.signal()
        return try outcomes[0].get()
    }

    /// Encodes queries of one model; where one cannot be encoded, the others still are.
    private static func pass(_ requests: [Request]) -> [Result<Matrix, any Error>] {
        do {
            let states = try requests[0].model.encoder.encode(requests.map(\.sequence))
            var first = 0
            return requests.map { request in
                defer { first += request.sequence.count }
                return .success(
                    request.colbert.queryVectors(
                        states: states, first: first, count: request.sequence.count, dimension: request.dimension))
            }
        } catch {
            return requests.count == 1 ? [.failure(error)] : requests.flatMap { pass([$0]) }
        }
    }
}
