import HTTP
import JSON

/// Which web pages of other origins may use the server (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol).
///
/// Keys travel in `Authorization`, which scripts set themselves, so credentials in the protocol's sense (cookies) are
/// never allowed.
public struct CrossOriginPolicy: Sendable, Equatable {
    /// Exact origins such as `https://search.example.org`; `*` is any.
    private let origins: Set<CodePoints>
    /// Whether pages of any origin are allowed.
    let allowsAll: Bool

    /// Headers that a page may send whether or not it asks.
    private static let standardHeaders = ["Authorization", "Content-Type", "X-Request-ID", "X-Request-Timeout-Ms"]
    /// Names that are looked at of a list of headers that a page would like to send.
    private static let mostHeaders = 100

    /// Throws nothing: an origin is only ever compared.
    public init(origins: some Sequence<String> = []) {
        self.origins = Set(origins.map { CodePoints($0) })
        allowsAll = self.origins.contains("*")
    }

    /// Whether text can be an origin: scheme and host, perhaps a port, no path; or `*`.
    public static func isOrigin(_ text: String) -> Bool {
        if text == "*" { return true }
        for scheme in ["http://", "https://"] where text.hasPrefix(scheme) {
            let rest = text.utf8.dropFirst(scheme.utf8.count)
            return !rest.isEmpty && rest.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x2F && $0 != 0x2A }
        }
        return false
    }

    func allows(_ origin: String) -> Bool { allowsAll || origins.contains(CodePoints(origin)) }

    /// The answer to a browser that asks what it may send; `nil` where the request is none such.
    func preflight(_ request: HTTPRequest) -> HTTPResponse? {
        guard request.method == .options, let origin = request.headers["Origin"],
            request.headers.contains("Access-Control-Request-Method"), allows(origin)
        else { return nil }
        var response = HTTPResponse(status: .noContent)
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, PUT, DELETE, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = Self.allowedHeaders(request).joined(separator: ", ")
        response.headers["Access-Control-Max-Age"] = "600"
        if request.headers.lists("true", in: "Access-Control-Request-Private-Network") {
            response.headers["Access-Control-Allow-Private-Network"] = "true"
        }
        allow(origin, &response)
        return response
    }

    /// All that are asked for, since clients send headers of their own that mean nothing here (`x-stainless-os`), and the
    /// standard ones. Names that are no tokens are left out.
    private static func allowedHeaders(_ request: HTTPRequest) -> [String] {
        let asked = request.headers.values("Access-Control-Request-Headers").joined(separator: ",")
            .split(separator: ",", maxSplits: mostHeaders, omittingEmptySubsequences: true).prefix(mostHeaders)
            .map { $0.filter { $0 != " " && $0 != "\t" } }
            .filter { name in
                !name.isEmpty && name.utf8.allSatisfy { isTokenByte($0) }
            }
        let known = Set(asked.map { CodePoints($0.lowercased()) })
        return asked + standardHeaders.filter { !known.contains(CodePoints($0.lowercased())) }
    }

    /// `tchar` of RFC 9110 §5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }

    /// Adds what lets the page read the response.
    func mark(_ response: inout HTTPResponse, for request: HTTPRequest) {
        guard !origins.isEmpty else { return }
        guard let origin = request.headers["Origin"], allows(origin) else {
            // The answer to another origin would differ, which caches must know.
            if !allowsAll { response.headers.add("Vary", "Origin") }
            return
        }
        response.headers["Access-Control-Expose-Headers"] = "X-Request-ID, Retry-After, Allow, WWW-Authenticate"
        allow(origin, &response)
    }

    private func allow(_ origin: String, _ response: inout HTTPResponse) {
        if allowsAll {
            response.headers["Access-Control-Allow-Origin"] = "*"
        } else {
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers.add("Vary", "Origin")
        }
    }
}
