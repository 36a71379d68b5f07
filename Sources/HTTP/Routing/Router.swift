/// Finds the handler for a method and a path.
///
///     var router = Router()
///     router.get("/healthz", .immediate) { _, _ in .text("ok\n") }
///     router.post("/v1/indexes/{name}/search") { request, context in … request.parameters["name"] … }
///
/// A pattern's segment is literal text or `{name}`, which matches any one segment that is not empty. Paths are split at
/// `/` before they are percent-decoded, so `%2F` never makes a segment. Literal segments win over `{name}`. An empty segment
/// beside literal ones, as in `//v1/rerank/`, is passed over; beside a `{name}` it is not, since it could be meant as a
/// part of it. Where a path matches but the method does not, the answer is 405 with `Allow` (204 for OPTIONS); HEAD is
/// answered by GET's handler where it has none of its own. Where nothing matches, the answer is 404 with the path that was
/// probably meant, as far as a route or a ``hint(_:_:)`` tells.
public struct Router: Sendable {
    public private(set) var routes: [Route] = []
    private(set) var middlewares: [HTTPMiddleware] = []
    private(set) var admission: HTTPAdmission?
    private(set) var bodyDecoding: (any HTTPBodyDecoding)?
    private(set) var hints: [(path: String, meant: String)] = []
    private(set) var prefixes: [String] = []

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

    /// Has the bodies of requests decoded that come in a content coding; there is one, the last.
    public mutating func decodeBodies(_ decoding: any HTTPBodyDecoding) {
        bodyDecoding = decoding
    }

    /// Says what is meant by a path that other servers have, to whoever asks for it here.
    public mutating func hint(_ path: String, _ meant: String) {
        hints.append((path, meant))
    }

    /// Names a beginning of paths, such as `/v1`, that clients leave out or write twice; 404 tells them.
    public mutating func hint(prefix: String) {
        prefixes.append(prefix)
    }
}
