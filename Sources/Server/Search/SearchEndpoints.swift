import Corpus
import HTTP
import JSON
import PassageIndex
import Search

/// Searches: one query or a batch by POST, one by GET, and one in the shape of Anserini's REST interface.
struct SearchEndpoints: Sendable {
    let registry: IndexRegistry
    let metrics: ServerMetrics
    /// Largest request body.
    let bodyBytes: Int
    /// Largest answer.
    let responseBytes: Int

    func addRoutes(to router: inout Router) {
        router.post("/v1/indexes/{name}/search", Route.Options(body: .buffered(limit: bodyBytes))) { request, context in
            try answer(SearchFields(body: request.body), request.indexName, context)
        }
        router.get("/v1/indexes/{name}/search") { request, context in
            try answer(try SearchQuery(request).fields, request.indexName, context)
        }
        router.get("/v1/{index}/search") { request, context in
            let asked = try AnseriniSearch(request)
            return try search(asked.request, request.parameters["index"] ?? "", context) { asked.json($0) }
        }
    }

    private func answer(
        _ fields: SearchFields, _ name: String, _ context: RequestContext
    ) throws -> HTTPResponse {
        guard fields.isBatch else {
            let request = fields.requests[0]
            return try search(request, name, context) { $0.json(request: request, index: name) }
        }
        let budget = AnswerBudget(responseBytes: responseBytes, context: context)
        let responses = try withEngine(name, context) { try $0.search(batch: fields.requests, within: budget.search) }
        for response in responses { metrics.record(search: response, index: name) }
        let answers = zip(responses, fields.requests).map { $0.json(request: $1, index: name) }
        return try budget.json(["results": .array(answers)])
    }

    private func search(
        _ request: SearchRequest, _ name: String, _ context: RequestContext,
        _ shape: (SearchResponse) -> JSONValue
    ) throws -> HTTPResponse {
        let budget = AnswerBudget(responseBytes: responseBytes, context: context)
        let response = try withEngine(name, context) { try $0.search(request, within: budget.search) }
        metrics.record(search: response, index: name)
        return try budget.json(shape(response))
    }

    private func withEngine<Result>(
        _ name: String, _ context: RequestContext, _ body: (SearchEngine) throws -> Result
    ) throws -> Result {
        try HTTPError.translating(index: name) {
            do {
                return try registry.withEngine(name, body)
            } catch let error as SearchError where error.kind == .cancelled {
                try context.checkCancelled()
                throw error
            }
        }
    }
}
