/// Finds the handler for a method and a path.
///
///     var router = Router()
///     router.get("/healthz", .immediate) { _, _ in .text("ok\n") }
///     router.post("/v1/indexes/{name}/search") { request, context in … request.parameters["name"] … }
///
/// A pattern's segment is literal text or `{name}`, which matches any one segment that is not empty. Paths are split at
/// `/` before they are percent-decoded, so `%2F` never makes a segment. Literal segments win over `{name}`. Where a path
/// matches but the method does not, the answer is 405 with `Allow` (204 for OPTIONS); HEAD is answered by GET's handler
/// where it has none of its own.
public struct Router: Sendable {
    public private(set) var routes: [Route] = []
    private(set) var middlewares: [HTTPMiddleware] = []
    private(set) var admission: HTTPAdmission?

    public init() {}

    /// Adds a route. Patterns are written by programmers: one that does not start with `/`, has a broken `{name}`, or is
    /// there already under that method is a programming error and stops the program.
    public mutating func add(
        _ method: HTTPMethod, _ pattern: String, _ options: Route.Options = Route.Options(),
        handler: @escaping HTTPHandler
    ) {
        precondition(pattern.hasPrefix("/"), "pattern \(pattern) does not start with /")
        precondition(
            !routes.contains { $0.method == method && $0.pattern == pattern }, "\(method) \(pattern) is there already")
        routes.append(Route(method: method, pattern: pattern, options: options, handler: handler))
    }

    public mutating func get(
        _ pattern: String, _ options: Route.Options = Route.Options(), handler: @escaping HTTPHandler
    ) {
        add(.get, pattern, options, handler: handler)
    }

    public mutating func post(
        _ pattern: String, _ options: Route.Options = Route.Options(), handler: @escaping HTTPHandler
    ) {
        add(.post, pattern, options, handler: handler)
    }

    public mutating func put(
        _ pattern: String, _ options: Route.Options = Route.Options(), handler: @escaping HTTPHandler
    ) {
        add(.put, pattern, options, handler: handler)
    }

    public mutating func delete(
        _ pattern: String, _ options: Route.Options = Route.Options(), handler: @escaping HTTPHandler
    ) {
        add(.delete, pattern, options, handler: handler)
    }

    /// Wraps all handlers, those for 404 and 405 too, whether added before or after; the first is outermost.
    public mutating func use(_ middleware: @escaping HTTPMiddleware) {
        middlewares.append(middleware)
    }

    /// Asks `admission` before any request is worked on; there is one, the last.
    public mutating func admit(_ admission: @escaping HTTPAdmission) {
        self.admission = admission
    }
}
