/// A response status (RFC 9110 §15): the code decides, the reason phrase is for people.
public struct HTTPStatus: Hashable, Sendable, CustomStringConvertible {
    /// Three digits, 100 to 599.
    public let code: Int

    public init(_ code: Int) {
        self.code = min(max(code, 100), 599)
    }

    public static var ok: HTTPStatus { HTTPStatus(200) }
    public static var created: HTTPStatus { HTTPStatus(201) }
    public static var accepted: HTTPStatus { HTTPStatus(202) }
    public static var noContent: HTTPStatus { HTTPStatus(204) }
    public static var notModified: HTTPStatus { HTTPStatus(304) }
    public static var badRequest: HTTPStatus { HTTPStatus(400) }
    public static var unauthorized: HTTPStatus { HTTPStatus(401) }
    public static var forbidden: HTTPStatus { HTTPStatus(403) }
    public static var notFound: HTTPStatus { HTTPStatus(404) }
    public static var methodNotAllowed: HTTPStatus { HTTPStatus(405) }
    public static var requestTimeout: HTTPStatus { HTTPStatus(408) }
    public static var conflict: HTTPStatus { HTTPStatus(409) }
    public static var contentTooLarge: HTTPStatus { HTTPStatus(413) }
    public static var uriTooLong: HTTPStatus { HTTPStatus(414) }
    public static var unsupportedMediaType: HTTPStatus { HTTPStatus(415) }
    public static var expectationFailed: HTTPStatus { HTTPStatus(417) }
    public static var unprocessableContent: HTTPStatus { HTTPStatus(422) }
    public static var tooManyRequests: HTTPStatus { HTTPStatus(429) }
    public static var headerFieldsTooLarge: HTTPStatus { HTTPStatus(431) }
    public static var internalServerError: HTTPStatus { HTTPStatus(500) }
    public static var notImplemented: HTTPStatus { HTTPStatus(501) }
    public static var serviceUnavailable: HTTPStatus { HTTPStatus(503) }
    public static var gatewayTimeout: HTTPStatus { HTTPStatus(504) }
    public static var versionNotSupported: HTTPStatus { HTTPStatus(505) }

    /// Whether a response with this status never has a body (RFC 9112 §6.3).
    public var forbidsBody: Bool { code < 200 || code == 204 || code == 304 }

    /// The registered reason phrase, or a word for its class.
    public var reason: StaticString {
        switch code {
        case 100: "Continue"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 206: "Partial Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        case ..<200: "Informational"
        case ..<300: "Success"
        case ..<400: "Redirection"
        case ..<500: "Client Error"
        default: "Server Error"
        }
    }

    public var description: String { "\(code) \(reason)" }
}
