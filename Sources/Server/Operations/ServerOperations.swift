import Corpus
import HTTP
import JSON
import Search
import Synchronization

/// All that surrounds the endpoints: access, log, metrics, readiness, compression and the fields of every response.
///
///     let operations = ServerOperations(access: access, information: information, log: log)
///     var router = service.router()
///     operations.install(in: &router)
///     configuration.onCompletion = operations.completion
///     let server = HTTPServer(configuration: configuration, router: router)
///     operations.watch(server)
///
/// It starts as not ready: `readiness.phase` is set to `.serving` once indexes are loaded.
public final class ServerOperations: Sendable {
    /// The server's routes hold this, so this does not hold the server.
    private struct Watched {
        weak var server: HTTPServer?
    }

    public let access: AccessControl
    public let readiness = Readiness()
    public let metrics: ServerMetrics
    public let information: ServerInformation
    private let log: RequestLog?
    private let queries: QueryEncoder?
    private let origins: Mutex<CrossOriginPolicy>
    private let server = Mutex(Watched())

    /// - Parameters:
    ///   - log: where each request's line goes; nil for nowhere.
    ///   - queries: whose figures `/metrics` shows.
    public init(
        access: AccessControl, origins: CrossOriginPolicy = CrossOriginPolicy(), information: ServerInformation,
        log: LogDestination? = nil, queries: QueryEncoder? = nil
    ) {
        self.queries = queries
        self.access = access
        self.information = information
        self.origins = Mutex(origins)
        metrics = ServerMetrics(version: information.version)
        self.log = log.map { RequestLog(destination: $0) }
    }

    /// Takes other keys and origins while requests go on.
    public func update(keys: AccessKeys?, origins: CrossOriginPolicy) {
        access.update(keys: keys, origins: origins)
        self.origins.withLock { $0 = origins }
    }

    /// Adds `/healthz`, `/readyz` and `/metrics`, which are answered whatever the queue holds, and wraps all routes.
    public func install(in router: inout Router) {
        let health = HTTPResponse.json(["status": "ok", "version": .string(information.version)] as JSONValue)
        router.get("/healthz", .immediate) { _, _ in health }
        router.get("/readyz", .immediate) { [readiness] _, _ in readiness.answer() }
        router.get("/metrics", .immediate) { [self] _, context in
            let text = metrics.text(
                server: server.withLock { $0.server }?.statistics, queries: queries?.statistics,
                isReady: readiness.isReady, showing: context.mayAccess)
            return HTTPResponse(
                headers: [
                    "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
                    // Compressing would take its time on the event loop.
                    "Cache-Control": "no-store, no-transform",
                ], body: .bytes(text))
        }
        // Outermost, so that it sees every response, whoever makes it.
        router.use(ResponseHeaders.middleware)
        router.use(crossOrigin)
        router.use(ResponseCompression.middleware)
        router.decodeBodies(BodyDecoding())
        router.admit { [access, readiness] request, context in
            let grant = try access.admit(request, context)
            // Whoever may not ask does not learn that there is nothing yet.
            if grant != nil, RouteAccess.of(request.method, context.routePattern ?? "") != .local {
                try readiness.check()
            }
            return grant
        }
    }

    /// Logs and counts a request; for `HTTPServer.Configuration.onCompletion`.
    public func completed(_ request: RequestSummary) {
        metrics.record(request: request)
        log?.record(request)
    }

    /// Whose connections and queue `/metrics` shows.
    public func watch(_ server: HTTPServer) { self.server.withLock { $0.server = server } }

    private func crossOrigin(_ next: @escaping HTTPHandler) -> HTTPHandler {
        { [self] request, context in
            let policy = origins.withLock { $0 }
            if let answer = policy.preflight(request) { return answer }
            var response = try next(request, context)
            policy.mark(&response, for: request)
            return response
        }
    }
}
