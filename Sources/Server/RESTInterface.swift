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

    /// - Parameters:
    ///   - models: what ranks and embeds texts that belong to no index.
    ///   - operations: what surrounds the endpoints, from access to metrics.
    ///   - bodyBytes: largest request body that is taken as a whole.
    public init(
        registry: IndexRegistry, models: ServedModels, operations: ServerOperations, bodyBytes: Int = 1 << 20
    ) {
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
        IndexEndpoints(registry: registry).addRoutes(to: &router)
        SearchEndpoints(registry: registry, metrics: operations.metrics, bodyBytes: bodyBytes).addRoutes(to: &router)
        PassageEndpoints(registry: registry).addRoutes(to: &router)
        ModelEndpoints(models: models, bodyBytes: bodyBytes).addRoutes(to: &router)
        OpenAPIDocument().addRoutes(to: &router)
        return router
    }
}
