import Corpus
import HTTP
import PassageIndex
import Search

/// Searches.
struct SearchEndpoints: Sendable {
    let registry: IndexRegistry
    let metrics: ServerMetrics
    /// Largest request body.
    let bodyBytes: Int

    func addRoutes(to router: inout Router) {
        router.post("/v1/indexes/{name}/search", Route.Options(body: .buffered(limit: bodyBytes))) { request, context in
            try search(request, context)
        }
    }

    private func search(_ request: HTTPRequest, _ context: RequestContext) throws -> HTTPResponse {
        let name = request.indexName
        let asked = try SearchBody(request.body).request
        return try HTTPError.translating(index: name) {
            do {
                return try registry.withEngine(name) { engine in
                    let response = try engine.search(asked) { context.isCancelled }
                    metrics.record(search: response, index: name)
                    return .json(response.json(request: asked, index: name))
                }
            } catch let error as SearchError where error.kind == .cancelled {
                try context.checkCancelled()
                throw error
            }
        }
    }
}
