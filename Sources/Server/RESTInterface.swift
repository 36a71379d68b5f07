import Corpus
import HTTP
import PassageIndex
import Search

/// The REST interface over the indexes of a registry; the type to read first in this target.
///
///     let interface = RESTInterface(registry: registry, version: "0.1.0")
///     let server = HTTPServer(configuration: HTTPServer.Configuration(), router: interface.router())
///
/// `docs/rest.md` shows every endpoint with an example.
public struct RESTInterface: Sendable {
    private let registry: IndexRegistry
    private let version: String
    private let bodyBytes: Int

    /// - Parameter bodyBytes: largest request body that is taken as a whole.
    public init(registry: IndexRegistry, version: String, bodyBytes: Int = 1 << 20) {
        self.registry = registry
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
        return router
    }
}
