import BERT
import Ranking
import Search
import Synchronization

/// The models that a server ranks and embeds given texts with, loaded when they are first asked for.
public final class ServedModels: Sendable {
    private struct State {
        var load: @Sendable () throws -> ModelSet
        var models: ModelSet?
        var rerankers: [Pipeline.Method: Reranker] = [:]
    }

    private let state: Mutex<State>

    /// - Parameter load: called at the first use, and again after it has thrown.
    public init(load: @escaping @Sendable () throws -> ModelSet) {
        state = Mutex(State(load: load))
    }

    /// Takes other models with the next use.
    public func reload(_ load: @escaping @Sendable () throws -> ModelSet) {
        state.withLock { $0 = State(load: load) }
    }

    /// Throws what loading throws.
    func models() throws -> ModelSet {
        try state.withLock { try Self.models(&$0) }
    }

    /// Names of what ranks, the best first, and of the model that embeds. Throws what loading throws.
    func names() throws -> [String] {
        try state.withLock { state in
            let models = try Self.models(&state)
            let embedding = (models.colbert ?? models.tilde).map { [EmbeddingsBody.name(of: $0)] } ?? []
            return Self.methods(models).map(\.rawValue) + embedding
        }
    }

    /// Methods that there is a model for, the best first.
    private static func methods(_ models: ModelSet) -> [Pipeline.Method] {
        [.crossEncoder, .colbert, .tildev2].filter { models.model(for: $0) != nil }
    }

    /// What ranks by one method; by the best one that there is a model for where none is named.
    ///
    /// Throws `SearchError` where there is no model for it, and what loading throws.
    func reranker(_ wanted: Pipeline.Method?) throws -> (Reranker, Pipeline.Method) {
        try state.withLock { state in
            let models = try Self.models(&state)
            let served = Self.methods(models)
            guard let method = wanted ?? served.first, served.contains(method) else {
                let choice = served.map(\.rawValue).joined(separator: ", ")
                throw SearchError(
                    .unavailable,
                    "no model for \(wanted?.rawValue ?? "ranking") is loaded; there is \(choice.isEmpty ? "none" : choice)"
                )
            }
            if let reranker = state.rerankers[method] { return (reranker, method) }
            let reranker = try Reranker(
                models: ModelSet(
                    colbert: method == .colbert ? models.colbert : nil, tilde: method == .tildev2 ? models.tilde : nil,
                    crossEncoder: method == .crossEncoder ? models.crossEncoder : nil))
            state.rerankers[method] = reranker
            return (reranker, method)
        }
    }

    private static func models(_ state: inout State) throws -> ModelSet {
        let models = try state.models ?? state.load()
        state.models = models
        return models
    }
}
