/// A request in progress on a connection, and its response.
///
/// A class, since a value of this size would be copied, member by member, at every step of a request.
final class Exchange {
    var request: HTTPRequest
    private(set) var match: RouteTable.Match
    let context: RequestContext
    let framing: HTTPRequestHead.Framing
    var keepsAlive: Bool
    /// When the head was complete.
    let startedAt: Int64
    /// Whether the body has come to its end.
    var isRequestComplete = false
    /// Whether the client still waits for `100 Continue`.
    var awaitsContinue: Bool
    var requestBytes = 0
    /// Whether the handler of a streamed body has been given a thread, or waits for one.
    var isHandled = false
    /// Bytes counted in the server's total of buffered bodies.
    var reservedBytes = 0

    var status = 0
    var responseBytes = 0
    var stream: HTTPBodyStream?
    var responseFraming = HTTPResponseEncoder.Framing.none
    /// Whether a worker makes the stream's next piece.
    var isProducing = false

    init(
        request: HTTPRequest, match: RouteTable.Match, context: RequestContext, framing: HTTPRequestHead.Framing,
        keepsAlive: Bool, startedAt: Int64, awaitsContinue: Bool
    ) {
        self.request = request
        self.match = match
        self.context = context
        self.framing = framing
        self.keepsAlive = keepsAlive
        self.startedAt = startedAt
        self.awaitsContinue = awaitsContinue
    }

    /// Whether all bytes that the head announced have come, though their end may not have been noticed yet.
    var isBodyWhole: Bool { if case .length(let length) = framing { requestBytes >= length } else { false } }

    /// Has the request answered by `responder`, whatever its route.
    func refuse(by responder: @escaping RouteTable.Responder) {
        match = .refused(responder)
    }
}

extension RouteTable.Match {
    /// The matched pattern.
    var pattern: String? {
        if case .found(let entry, _) = self { entry.route.pattern } else { nil }
    }
}
