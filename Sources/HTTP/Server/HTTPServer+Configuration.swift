extension HTTPServer {
    /// Addresses, limits and hooks. Every limit is enforced; what happens at each is said beside it.
    public struct Configuration: Sendable {
        /// Where to listen.
        public var addresses: [SocketAddress] = [.ip(host: "127.0.0.1", port: 8080)]
        /// Permissions of a Unix socket's file.
        public var unixSocketMode: UInt32 = 0o660
        /// Connections which the kernel keeps before they are accepted.
        public var backlog = 1024

        /// Threads that read, parse and write.
        public var eventLoops = 1
        /// Threads that run handlers.
        public var workers = 4
        /// Threads for handlers that may wait (`Route.Options.waits`, streamed bodies), made as they are needed; those whose
        /// clients still send can have half of them.
        public var patientThreads = 256
        /// Requests that may wait for a worker; beyond: 503 with Retry-After.
        public var queueCapacity = 256
        /// What Retry-After says.
        public var retryAfter: Duration = .seconds(1)

        /// Open connections; beyond: 503 and closed at once.
        public var maxConnections = 16384
        /// Limits on a request's head: 414 and 431.
        public var headLimits = HTTPRequestParser.Limits()
        /// Bytes of a buffered request body; beyond: 413. Routes may set their own.
        public var maxBodyBytes = 8 << 20
        /// Bytes of request bodies which all connections together may hold; beyond: 503.
        public var maxBufferedBodyBytes = 256 << 20
        /// Bytes of a streamed request body that are gathered before its handler gets a thread, unless it ends before.
        public var streamedBodyLead = 64 << 10
        /// Bytes which handlers (`RequestContext.reserve(bytes:)`) and responses that wait for their clients may hold, over
        /// all connections together; beyond: 503, and clients that take their responses slowly are closed.
        public var maxHeldBytes = 256 << 20
        /// For how long no client counts as slow where held bytes are too many, and bytes a second below which one does then.
        public var slowClientGrace: Duration = .seconds(2)
        public var slowClientRate = 65536

        /// From a request's first byte to the end of its head; beyond: 408.
        public var headerTimeout: Duration = .seconds(10)
        /// For a request's body, extended by what `minimumTransferRate` allows; beyond: 408.
        public var bodyTimeout: Duration = .seconds(20)
        /// Between requests, and before the first; then closed.
        public var idleTimeout: Duration = .seconds(75)
        /// For a response that the client does not take, extended likewise; then closed.
        public var writeTimeout: Duration = .seconds(20)
        /// How long a connection that is being closed is still read, so that the client gets the last response and not a
        /// reset (RFC 9112 §9.6).
        public var lingerTimeout: Duration = .seconds(2)
        /// Bytes a second below which a client is too slow once the body or write time is used up.
        public var minimumTransferRate = 4096

        /// From the time a request is complete (a streamed one: its head) to its response, waiting included; beyond: 504.
        /// Routes may set their own.
        public var requestDeadline: Duration = .seconds(30)
        /// The field in which a client may ask for less, in milliseconds; nil for none.
        public var deadlineHeader: String? = "X-Request-Timeout-Ms"
        /// Whether a client that closes its sending side behind whole requests still gets their answers. Over TCP one that
        /// has closed both sides looks the same until something is sent to it; only a reset tells that it has left. Where
        /// not allowed, closing that side counts as having left, and the work is dropped at once.
        public var allowsHalfClose = true

        /// The `Server` field, none by default.
        public var serverName: String?
        /// Makes errors that handlers throw, and malformed requests, into responses. Errors that response streams throw come
        /// here too, for logs; their responses have begun, so what is returned is not used. By default an `HTTPError` says its
        /// own, and anything else is 500 without details.
        public var errorResponse: @Sendable (any Error) -> HTTPResponse = { Configuration.defaultErrorResponse($0) }
        /// Called on an event loop after each response, for logs and metrics; must not block.
        public var onCompletion: (@Sendable (RequestSummary) -> Void)?

        public init() {}

        /// `HTTPError`s as they say, cancelled requests as 503 or 504, anything else as 500 `internal_error`.
        public static func defaultErrorResponse(_ error: any Error) -> HTTPResponse {
            switch error {
            case let error as HTTPError: error.response
            case is RequestContext.Cancelled: deadlinePassed.response
            default:
                HTTPError(
                    .internalServerError, code: "internal_error",
                    message: "The server failed to answer this request; its log says why."
                ).response
            }
        }

        static var deadlinePassed: HTTPError {
            HTTPError(
                .gatewayTimeout, code: "deadline_passed", message: "The request took longer than its deadline allows.")
        }
    }
}
