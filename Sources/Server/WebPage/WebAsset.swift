import Crypto
import HTTP

/// A file of the web page, with the fields that it is served with beside those of every response (`ResponseHeaders`).
struct WebAsset: Sendable {
    private let content: StaticContent
    /// Names the content (RFC 9110 §8.8.3), quoted.
    private let tag: String

    /// - Parameter name: the file's name, whose ending tells its type.
    init(_ name: String, _ bytes: [UInt8]) {
        let digest = SHA256.hash(data: bytes).prefix(12)
        tag = "\"\(digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())\""
        let headers: HTTPHeaders = [
            "Content-Type": Self.type(name),
            "ETag": tag,
            // Kept, but asked for again each time: a new binary's page is never mixed with the old one's.
            "Cache-Control": "no-cache",
            "Content-Security-Policy": Self.policy,
            "Cross-Origin-Opener-Policy": "same-origin",
        ]
        content = StaticContent(HTTPResponse(headers: headers, body: .bytes(bytes)))
    }

    /// Everything comes from this server, nothing is inline, and no script makes markup of text
    /// (https://www.w3.org/TR/CSP3/, https://www.w3.org/TR/trusted-types/).
    static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ].joined(separator: "; ")

    /// The file, or 304 where the client has it already (RFC 9110 §13.1.2).
    func response(to request: HTTPRequest) -> HTTPResponse {
        guard isKnown(to: request) else { return content.response(to: request) }
        var fields = content.plain.headers
        fields.remove("Content-Type")
        return HTTPResponse(status: .notModified, headers: fields)
    }

    private func isKnown(to request: HTTPRequest) -> Bool {
        let list = request.headers.values("If-None-Match").joined(separator: ",")
        return list.split(separator: ",").contains { element in
            let named = element.filter { $0 != " " && $0 != "\t" }
            // Weak comparison: compression on the way makes the tag a weak one.
            return named == "*" || named == tag || named == "W/" + tag
        }
    }

    private static func type(_ name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }
}
