import Corpus
import HTTP
import JSON
import PassageIndex
import Ranking
import Search

/// Lists, describes, makes and drops indexes.
struct IndexEndpoints: Sendable {
    /// How often an index is made that others drop at once.
    private static let mostAttempts = 8

    let registry: IndexRegistry
    let metrics: ServerMetrics

    func addRoutes(to router: inout Router) {
        router.get("/v1/indexes") { _, context in .json(try list(context)) }
        router.get("/v1/indexes/{name}") { request, context in try describe(request, context) }
        let options = Route.Options(body: .buffered(limit: 64 << 10), waits: true)
        router.put("/v1/indexes/{name}", options) { request, context in
            try create(request, context)
        }
        router.delete("/v1/indexes/{name}", options) { request, _ in try drop(request) }
    }

    private func list(_ context: RequestContext) throws -> JSONValue {
        let names = try HTTPError.translating(index: nil) { try registry.names }
        let descriptions = try names.filter { context.mayAccess(index: $0) }.map { name -> JSONValue in
            try context.checkCancelled()
            do {
                return try describe(name, context)
            } catch let error as HTTPError {
                return ["name": .string(name), "error": .string(error.message)]
            } catch {
                return ["name": .string(name), "error": "it cannot be opened; the server's log says why"]
            }
        }
        return ["indexes": .array(descriptions)]
    }

    private func describe(_ request: HTTPRequest, _ context: RequestContext) throws -> HTTPResponse {
        .json(try describe(request.indexName, context))
    }

    private func describe(_ name: String, _ context: RequestContext) throws -> JSONValue {
        try HTTPError.translating(index: name) {
            try registry.withEngine(name) { try IndexDescription($0, for: context).json }
        }
    }

    private func create(_ request: HTTPRequest, _ context: RequestContext) throws -> HTTPResponse {
        let name = request.indexName
        let body = try IndexCreationBody(request.body)
        return try HTTPError.translating(index: name) {
            for _ in 0..<Self.mostAttempts {
                do {
                    return try create(name, body, context)
                } catch let error as IndexError where error.kind == .missing {
                    // Another client has dropped it between two looks at it.
                    continue
                }
            }
            throw IndexError(.busy, name, "is made and dropped by others all the time; try again later")
        }
    }

    private func create(_ name: String, _ body: IndexCreationBody, _ context: RequestContext) throws -> HTTPResponse {
        var status = HTTPStatus.created
        do {
            try registry.create(name, isLexicalOnly: body.isLexicalOnly, settings: body.settings)
        } catch let error as RankingError where body.namesDimension {
            throw RequestBody.refuse(error.description)
        } catch let error as IndexError where error.kind == .exists {
            let settings = try registry.withEngine(name) { $0.reader.settings }
            guard body.describes(settings) else {
                throw IndexError(
                    .exists, name, "exists with other settings, which are fixed at creation; GET it to see them")
            }
            status = .ok
        }
        var response = HTTPResponse.json(try registry.withEngine(name) { try IndexDescription($0, for: context).json })
        response.status = status
        return response
    }

    private func drop(_ request: HTTPRequest) throws -> HTTPResponse {
        let name = request.indexName
        try HTTPError.translating(index: name) { try registry.drop(name) }
        metrics.forget(index: name)
        return .json(["name": .string(name), "dropped": true])
    }
}

extension HTTPRequest {
    /// The index that the path names.
    var indexName: String { parameters["name"] ?? "" }
}
