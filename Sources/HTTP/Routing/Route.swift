/// Answers a request; runs on a worker thread, or on an event loop where the route is `immediate`.
public typealias HTTPHandler = @Sendable (HTTPRequest, RequestContext) throws -> HTTPResponse

/// Wraps a handler in another: authentication, CORS, compression. It also sees the answers 404 and 405 and errors made
/// into responses; those run on the event loop, so it must not block.
public typealias HTTPMiddleware = @Sendable (@escaping HTTPHandler) -> HTTPHandler

/// Decides whether a request may go on, once its head is there and before its body is awaited or it waits for a worker;
/// throws what it is answered with otherwise. What it returns is the handler's `RequestContext.client`.
///
/// Runs on an event loop, so it must not block. It is asked for requests that have a route; those without get 404 or 405.
public typealias HTTPAdmission = @Sendable (HTTPRequest, RequestContext) throws -> (any RequestClient)?

/// One method of one path pattern.
public struct Route: Sendable {
    /// How the handler gets the request's body.
    public enum Body: Sendable, Hashable {
        /// Whole, before the handler is queued; `limit` in bytes, nil for the configuration's.
        case buffered(limit: Int? = nil)
        /// As it arrives, through `HTTPRequest.bodyReader`; `limit` in bytes, nil for none.
        case streamed(limit: Int? = nil)
    }

    /// How long a request may take.
    public enum Deadline: Sendable, Hashable {
        /// The configuration's, or less where the client asks for less.
        case standard
        case after(Duration)
        /// None, for uploads of any length.
        case none
    }

    /// How requests for a route are run.
    public struct Options: Sendable {
        /// Runs the handler on the event loop, full queue or not. It must return within microseconds and never block.
        /// Not for streamed bodies, where it is ignored.
        public var isImmediate: Bool
        public var body: Body
        public var deadline: Deadline
        /// Whether the handler may wait for something else than a processor, as a writer or a disk: it then runs on a
        /// thread of its own and takes no worker from others. Handlers of streamed bodies always do.
        public var waits: Bool

        public init(
            isImmediate: Bool = false, body: Body = .buffered(), deadline: Deadline = .standard, waits: Bool = false
        ) {
            self.isImmediate = isImmediate
            self.body = body
            self.deadline = deadline
            self.waits = waits
        }

        public static var immediate: Options { Options(isImmediate: true) }
    }

    public let method: HTTPMethod
    /// Such as `/v1/indexes/{name}/search`.
    public let pattern: String
    public let options: Options
    public let handler: HTTPHandler
}
