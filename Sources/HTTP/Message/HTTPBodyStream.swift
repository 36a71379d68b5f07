/// A response body that is made piece by piece.
///
///     var rows = query.makeIterator()
///     return HTTPResponse(body: .stream(HTTPBodyStream { rows.next().map { Array(($0.json + "\n").utf8) } }))
///
/// The closure runs on a worker, once for every piece, only when what was made before has nearly gone to the client: a
/// slow client holds neither a worker nor memory. It returns nil at the end. If it throws, or the client leaves, or the
/// request's deadline passes, the connection is closed and the closure is not called again.
public final class HTTPBodyStream: @unchecked Sendable {
    // The closure is not Sendable and may keep state. It is called by one worker at a time: the event loop asks for the
    // next piece only after the last one has come back through its mailbox, whose lock orders the calls.
    private let produce: () throws -> [UInt8]?
    /// The number of bytes there will be, sent as Content-Length; nil sends the body chunked.
    public let length: Int?

    public init(length: Int? = nil, next: sending @escaping () throws -> [UInt8]?) {
        self.length = length.map { max($0, 0) }
        produce = next
    }

    /// The next piece, for middleware that changes bodies; one thread at a time.
    package func next() throws -> [UInt8]? {
        try produce()
    }
}
