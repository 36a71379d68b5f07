/// What a request came to, for logs and metrics.
public struct RequestSummary: Sendable {
    /// The client's X-Request-ID where usable, otherwise our own.
    public let requestID: String
    /// `-` where the request was too malformed to have one.
    public let method: String
    let target: String
    /// The pattern that the path matched: few values, so fit for a metric's label.
    public let routePattern: String?
    /// What stood in the place of the pattern's `{name}`s: the client's text.
    public let parameters: PathParameters
    /// Who the client is, where an `HTTPAdmission` has found out.
    public let client: (any RequestClient)?
    /// The response's status; 499 where the client left before it was made.
    public let status: Int
    /// Bytes of the request's body.
    public let requestBytes: Int
    /// Bytes of the response's body.
    public let responseBytes: Int
    /// From the end of the request's head until its response was written, to the kernel or to the connection's buffer.
    public let duration: Duration
    public let remoteAddress: SocketAddress

    /// The target without its query, still percent-encoded.
    public var path: Substring { Substring(target.utf8.prefix { $0 != UInt8(ascii: "?") }) }
}
