import Corpus
import HTTP
import PassageIndex
import Search

/// The REST interface over the indexes of a registry; the type to read first in this target.
///
///     let interface = RESTInterface(registry: registry, models: models, version: "0.1.0")
///     let server = HTTPServer(configuration: HTTPServer.Configuration(), router: interface.router())
///
/// `docs/rest.md` shows every endpoint with an example.
public struct RESTInterface: Sendable {
    private let registry: IndexRegistry
    private let models: ServedModels
    private let version: String
    private let bodyBytes: Int

    /// - Parameters:
    ///   - models: what ranks and embeds texts that belong to no index.
    ///   - bodyBytes: largest request body that is taken as a whole.
    public init(registry: IndexRegistry, models: ServedModels, version: String, bodyBytes: Int = 1 << 20) {
        self.registry = registry
        self.models = models
        self.version = version
        self.bodyBytes = bodyBytes
    }

    /// All routes.
    public func router() -> Router {
        var router = Router()
        let health = HTTPResponse.json(["status": "ok", "version": .string(version)])
        router.get("/healthz", Route.Options.immediate) { _, _ in health }
        IndexEndpoints(registry: registry).addRoutes(to: &router)
        SearchEndpoints(registry: registry, bodyBytes: bodyBytes).addRoutes(to: &router)
        PassageEndpoints(registry: registry).addRoutes(to: &router)
        ModelEndpoints(models: models, bodyBytes: bodyBytes).addRoutes(to: &router)
        return router
    }
}
