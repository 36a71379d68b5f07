/// A request in progress on a connection, and its response.
///
/// A class, since a value of this size would be copied, member by member, at every step of a request.
final class Exchange {
    var request: HTTPRequest
    let match: RouteTable.Match
    let framing: HTTPRequestHead.Framing
    var keepsAlive: Bool
    /// When the head was complete.
    let startedAt: Int64
    /// Whether the body has come to its end.
    var isRequestComplete = false
    /// Whether the client still waits for `100 Continue`.
    var awaitsContinue: Bool
    /// Set when the request is handed to its handler.
    var context: RequestContext?
    var requestBytes = 0
    /// Bytes counted in the server's total of buffered bodies.
    var reservedBytes = 0

    var status = 0
    var responseBytes = 0
    var stream: HTTPBodyStream?
    var responseFraming = HTTPResponseEncoder.Framing.none
    /// Whether a worker makes the stream's next piece.
    var isProducing = false

    init(
        request: HTTPRequest, match: RouteTable.Match, framing: HTTPRequestHead.Framing, keepsAlive: Bool,
        startedAt: Int64, awaitsContinue: Bool
    ) {
        self.request = request
        self.match = match
        self.framing = framing
        self.keepsAlive = keepsAlive
        self.startedAt = startedAt
        self.awaitsContinue = awaitsContinue
    }

    /// The matched pattern.
    var routePattern: String? {
        if case .found(let entry, _) = match { entry.route.pattern } else { nil }
    }
}
