/// What a handler answers.
///
///     HTTPResponse.text("hello\n")
///     HTTPResponse(status: .created, headers: ["Location": "/v1/indexes/demo"])
///
/// The server adds `Date`, `Content-Length` or `Transfer-Encoding`, and `Connection`; what a handler sets under the last
/// three is left out, except that `Connection: close` closes the connection.
public struct HTTPResponse: Sendable {
    /// A body in one piece, or made piece by piece as the client takes it.
    public enum Body: Sendable {
        case none
        case bytes([UInt8])
        case stream(HTTPBodyStream)
    }

    public var status: HTTPStatus
    public var headers: HTTPHeaders
    public var body: Body

    public init(status: HTTPStatus = .ok, headers: HTTPHeaders = HTTPHeaders(), body: Body = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// UTF-8 text.
    public static func text(_ text: String, status: HTTPStatus = .ok) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: .bytes(Array(text.utf8)))
    }

    /// A JSON document that is already encoded.
    public static func json(_ document: [UInt8], status: HTTPStatus = .ok) -> HTTPResponse {
        HTTPResponse(status: status, headers: ["Content-Type": "application/json"], body: .bytes(document))
    }
}
