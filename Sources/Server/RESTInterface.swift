import Corpus
import HTTP
import PassageIndex
import Search

/// The REST interface over the indexes of a registry; the type to read first in this target.
///
///     let interface = RESTInterface(registry: registry, models: models, operations: operations)
///     let server = HTTPServer(configuration: HTTPServer.Configuration(), router: interface.router())
///
/// `docs/rest.md` shows every endpoint with an example.
public struct RESTInterface: Sendable {
    private let registry: IndexRegistry
    private let models: ServedModels
    private let operations: ServerOperations
    private let bodyBytes: Int
    private let responseBytes: Int

    /// - Parameters:
    ///   - models: what ranks and embeds texts that belong to no index.
    ///   - operations: what surrounds the endpoints, from access to metrics.
    ///   - bodyBytes: largest request body that is taken as a whole.
    ///   - responseBytes: largest answer of a search, of ranking and of embedding.
    public init(
        registry: IndexRegistry, models: ServedModels, operations: ServerOperations, bodyBytes: Int = 1 << 20,
        responseBytes: Int = 32 << 20
    ) {
        self.responseBytes = responseBytes
        self.registry = registry
        self.models = models
        self.operations = operations
        self.bodyBytes = bodyBytes
    }

    /// All routes.
    public func router() -> Router {
        var router = Router()
        operations.install(in: &router)
        InformationEndpoint(information: operations.information, registry: registry).addRoutes(to: &router)
        WebPage().addRoutes(to: &router)
        IndexEndpoints(registry: registry, metrics: operations.metrics).addRoutes(to: &router)
        SearchEndpoints(
            registry: registry, metrics: operations.metrics, bodyBytes: bodyBytes, responseBytes: responseBytes
        ).addRoutes(to: &router)
        PassageEndpoints(registry: registry).addRoutes(to: &router)
        ModelEndpoints(models: models, bodyBytes: bodyBytes, responseBytes: responseBytes).addRoutes(to: &router)
        OpenAPIDocument().addRoutes(to: &router)
        addHints(to: &router)
        return router
    }

    /// What clients of other servers ask for, and what it is called here.
    private func addHints(to router: inout Router) {
        router.hint(prefix: "/v1")
        let hints: [(meant: String, paths: [String])] = [
            ("/healthz", ["/health", "/v1/health", "/livez", "/ping"]),
            ("/readyz", ["/ready", "/v1/ready"]),
            ("/v1/info", ["/info", "/version", "/v1/version"]),
            ("/v1/embeddings", ["/embed", "/v1/embed", "/v2/embed", "/embed_all", "/api/embed", "/api/embeddings"]),
            ("/v1/rerank", ["/v1/reranking", "/reranking", "/score", "/v1/score"]),
            ("/v1/models", ["/api/tags"]),
            ("/v1/indexes/NAME/search", ["/search", "/v1/search"]),
            ("/openapi.json", ["/docs", "/swagger", "/v1/openapi.json"]),
            ("/", ["/index.html"]),
        ]
        for (meant, paths) in hints { for path in paths { router.hint(path, meant) } }
    }
}
