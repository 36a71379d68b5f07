import HTTP

/// A response that stays as it is while the server runs, with its gzip form made once, so that an event loop can give it.
struct StaticContent: Sendable {
    let plain: HTTPResponse
    /// Nil where gzip gains nothing.
    private let packed: HTTPResponse?

    init(_ response: HTTPResponse) {
        plain = response
        packed = ResponseCompression.packed(response, level: 9)
    }

    /// The form that the client takes.
    func response(to request: HTTPRequest) -> HTTPResponse {
        guard let packed, ResponseCompression.accepts(request.headers.values("Accept-Encoding")) else {
            return ResponseCompression.marked(plain)
        }
        return packed
    }
}
