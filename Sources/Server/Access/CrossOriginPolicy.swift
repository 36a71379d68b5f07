import HTTP

/// Which web pages of other origins may use the server (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol).
///
/// Keys travel in `Authorization`, which scripts set themselves, so credentials in the protocol's sense (cookies) are
/// never allowed.
public struct CrossOriginPolicy: Sendable, Equatable {
    /// Exact origins such as `https://search.example.org`; `*` is any.
    public let origins: Set<String>

    /// Throws nothing: an origin is only ever compared.
    public init(origins: some Sequence<String> = []) { self.origins = Set(origins) }

    /// Whether text can be an origin: scheme and host, perhaps a port, no path; or `*`.
    public static func isOrigin(_ text: String) -> Bool {
        if text == "*" { return true }
        for scheme in ["http://", "https://"] where text.hasPrefix(scheme) {
            let rest = text.utf8.dropFirst(scheme.utf8.count)
            return !rest.isEmpty && rest.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x2F && $0 != 0x2A }
        }
        return false
    }

    func allows(_ origin: String) -> Bool { origins.contains("*") || origins.contains(origin) }

    /// The answer to a browser that asks what it may send; `nil` where the request is none such.
    func preflight(_ request: HTTPRequest) -> HTTPResponse? {
        guard request.method == .options, let origin = request.headers["Origin"],
            request.headers.contains("Access-Control-Request-Method"), allows(origin)
        else { return nil }
        var response = HTTPResponse(status: .noContent)
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, PUT, DELETE, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] =
            "Authorization, Content-Type, X-Request-ID, X-Request-Timeout-Ms"
        response.headers["Access-Control-Max-Age"] = "600"
        allow(origin, &response)
        return response
    }

    /// Adds what lets the page read the response.
    func mark(_ response: inout HTTPResponse, for request: HTTPRequest) {
        guard !origins.isEmpty else { return }
        guard let origin = request.headers["Origin"], allows(origin) else {
            // The answer to another origin would differ, which caches must know.
            if !origins.contains("*") { response.headers.add("Vary", "Origin") }
            return
        }
        response.headers["Access-Control-Expose-Headers"] = "X-Request-ID, Retry-After"
        allow(origin, &response)
    }

    private func allow(_ origin: String, _ response: inout HTTPResponse) {
        if origins.contains("*") {
            response.headers["Access-Control-Allow-Origin"] = "*"
        } else {
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers.add("Vary", "Origin")
        }
    }
}
