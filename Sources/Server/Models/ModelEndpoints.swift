import Corpus
import Foundation
import HTTP
import JSON
import LinearAlgebra
import Ranking
import Search

/// Ranks and embeds texts that come with the request, in the shapes that clients of other services send.
struct ModelEndpoints: Sendable {
    /// Documents that are ranked together, and bytes of their texts from which on no other joins them.
    private static let documentsAtATime = 32
    private static let bytesAtATime = 256 << 10
    /// Windows of a document that are ranked: some ten thousand words.
    static let mostWindows = 64

    let models: ServedModels
    /// Largest request body, and largest answer.
    let bodyBytes: Int
    let responseBytes: Int

    func addRoutes(to router: inout Router) {
        let options = Route.Options(body: .buffered(limit: bodyBytes))
        for path in ["/v1/rerank", "/v2/rerank"] {
            router.post(path, options) { request, context in try rerank(request, context) }
        }
        router.post("/rerank", options) { request, context in try rerankTexts(request, context) }
        router.post("/v1/embeddings", options) { request, context in
            try HTTPError.translating {
                let budget = AnswerBudget(responseBytes: responseBytes, context: context)
                return try EmbeddingsBody(request.body).answer(models.models(), budget)
            }
        }
        router.get("/v1/models") { _, _ in try list() }
    }

    /// OpenAI's list: what `model` can name, and the model that embeds.
    private func list() throws -> HTTPResponse {
        let names = try HTTPError.translating { try models.names() }
        return .json([
            "object": "list",
            "data": .array(
                names.map { name in
                    ["id": .string(name), "object": "model", "created": 0, "owned_by": "passerine"]
                }),
        ])
    }

    /// Cohere's and Jina's shape.
    private func rerank(_ request: HTTPRequest, _ context: RequestContext) throws -> HTTPResponse {
        let body = try RerankBody.cohere(request.body)
        let (ranked, method) = try rank(body, context)
        let results = ranked.prefix(body.topN ?? .max).map { index, score -> JSONValue in
            var result: [CodePoints: JSONValue] = ["index": .integer(Int64(index)), "relevance_score": .number(score)]
            if body.returnsDocuments {
                let given = body.documents[index].given
                result["document"] = given.objectValue == nil ? ["text": given] : given
            }
            return .object(result)
        }
        return try AnswerBudget(responseBytes: responseBytes, context: context).json([
            "id": .string(UUID().uuidString.lowercased()), "model": .string(method.rawValue),
            "results": .array(results),
            "meta": ["api_version": ["version": context.routePattern?.hasPrefix("/v2") == true ? "2" : "1"]],
        ])
    }

    /// The shape of text-embeddings-inference.
    private func rerankTexts(_ request: HTTPRequest, _ context: RequestContext) throws -> HTTPResponse {
        let body = try RerankBody.textEmbeddingsInference(request.body)
        let results = try rank(body, context).ranked.map { index, score -> JSONValue in
            var result: [CodePoints: JSONValue] = ["index": .integer(Int64(index)), "score": .number(score)]
            if body.returnsDocuments { result["text"] = .string(body.documents[index].text) }
            return .object(result)
        }
        return try AnswerBudget(responseBytes: responseBytes, context: context).json(.array(results))
    }

    private func rank(
        _ body: RerankBody, _ context: RequestContext
    ) throws -> (ranked: [(index: Int, score: Double)], method: Pipeline.Method) {
        try HTTPError.translating {
            let (reranker, method) = try models.reranker(body.method)
            let scale = body.isRaw ? { $0 } : try Self.scale(method, body.query, reranker)
            let texts = body.documents.map(\.text)
            let stages = [Pipeline.Stage(method, keep: Pipeline.largestKeep)]
            let cancellation = Cancellation { context.isCancelled }
            var scored: [(index: Int, score: Double)] = []
            var start = 0
            while start < texts.count {
                var (end, bytes) = (start, 0)
                while end < texts.count, end - start < Self.documentsAtATime, bytes < Self.bytesAtATime {
                    bytes += texts[end].utf8.count
                    end += 1
                }
                let passages = try reranker.encode(
                    Array(texts[start..<end]), mostWindows: Self.mostWindows, cancellation: cancellation)
                let ranked = try reranker.rank(
                    query: body.query, passages: passages, scores: passages.map { _ in 0 }, stages: stages,
                    cancellation: cancellation)
                scored += ranked.map { (start + $0.index, scale($0.score)) }
                start = end
            }
            scored.sort { RankOrder.precedes(($0.score, $0.index), ($1.score, $1.index)) }
            return (scored, method)
        }
    }

    /// Brings a method's scores between 0 and 1 without changing their order, as clients of these services expect.
    private static func scale(
        _ method: Pipeline.Method, _ query: String, _ reranker: Reranker
    ) throws -> @Sendable (Double) -> Double {
        switch method {
        case .crossEncoder: return { 1 / (1 + exp(-$0)) }
        case .tildev2: return { $0 / (1 + $0) }
        case .colbert:
            guard let model = reranker.models.colbert, let vectors = try reranker.queries.vectors(query, model: model)
            else { return { $0 } }
            let weight = vectors.rowLengths.reduce(0, +)
            // The mean over the query's pieces, by their weights, of the cosine with the nearest piece.
            return { weight > 0 ? min(max($0 / Double(weight), 0), 1) : 0 }
        case .feedback: return { $0 }
        }
    }
}

extension HTTPError {
    /// Runs what answers a request for the server's models, with its errors in the shape that clients understand.
    static func translating<Result>(_ body: () throws -> Result) throws -> Result {
        try translating(index: "", body)
    }
}
