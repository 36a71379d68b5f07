import Corpus
import HTTP
import PassageIndex

/// Stores, shows and deletes passages.
struct PassageEndpoints: Sendable {
    let registry: IndexRegistry

    func addRoutes(to router: inout Router) {
        router.post("/v1/indexes/{name}/passages", Route.Options(body: .streamed(), deadline: .none)) {
            request, context in
            try store(request, context)
        }
        router.get("/v1/indexes/{name}/passages/{id}") { request, _ in try show(request) }
        router.delete("/v1/indexes/{name}/passages/{id}", Route.Options(waits: true)) { request, _ in
            try delete(request)
        }
    }

    private func store(_ request: HTTPRequest, _ context: RequestContext) throws -> HTTPResponse {
        let name = request.indexName
        let stream = PassageStream(
            request.bodyReader ?? HTTPBodyReader(request.body), contentType: request.headers["Content-Type"],
            context: context)
        return try HTTPError.translating(index: name) {
            // Whether there is such an index is told before its passages are awaited.
            try registry.withEngine(name) { _ in }
            // A client that is slow keeps neither the writer nor the right to write.
            var ingestion = PassageIngestion(stream, index: name, context: context) { change in
                try HTTPError.translating(index: name, retrying: .busy) {
                    try registry.withWriter(name) { try $0.begin(change) }
                }
            }
            return try ingestion.run()
        }
    }

    private func show(_ request: HTTPRequest) throws -> HTTPResponse {
        let id = request.parameters["id"] ?? ""
        let passage = try HTTPError.translating(index: request.indexName) {
            try registry.withEngine(request.indexName) { engine in
                try engine.reader.withSnapshot { try $0.passage(id: id) }
            }
        }
        guard let passage else { throw Self.missing(id, request.indexName) }
        return .json(Passage(id: passage.id, text: passage.text, metadata: passage.metadata).json)
    }

    private func delete(_ request: HTTPRequest) throws -> HTTPResponse {
        let id = request.parameters["id"] ?? ""
        let receipt = try HTTPError.translating(index: request.indexName) {
            try registry.withWriter(request.indexName) { try $0.perform(.delete(ids: [id])) }
        }
        guard receipt.deleted > 0 else { throw Self.missing(id, request.indexName) }
        return .json(["id": .string(id), "deleted": true])
    }

    private static func missing(_ id: String, _ index: String) -> HTTPError {
        HTTPError(
            .notFound, code: "no_such_passage",
            message: "the index \(index.debugDescription) has no passage with the id \(id.debugDescription)")
    }
}
