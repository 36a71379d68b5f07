/// A failure with the status it is answered with, a code for programs and a sentence for people.
///
/// Thrown by the parser for malformed requests and by handlers for anything their clients should hear about. By default
/// it is answered as `{"error": {"code": "...", "message": "..."}}`; `HTTPServer.Configuration.errorResponse` changes that.
public struct HTTPError: Error, Sendable, CustomStringConvertible {
    public var status: HTTPStatus
    /// A stable word such as `not_found`.
    public var code: String
    /// What was wrong, and what to do about it.
    public var message: String
    /// Fields to send with the answer, such as `Retry-After`.
    public var headers: HTTPHeaders

    public init(_ status: HTTPStatus, code: String, message: String, headers: HTTPHeaders = HTTPHeaders()) {
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
    }

    public var description: String { "\(status.code) \(code): \(message)" }

    /// The answer that clients get by default.
    public var response: HTTPResponse {
        var json = Array(#"{"error":{"code":"#.utf8)
        HTTPError.appendQuoted(code, to: &json)
        json += Array(#","message":"#.utf8)
        HTTPError.appendQuoted(message, to: &json)
        json += Array("}}\n".utf8)
        var fields = headers
        fields.set("Content-Type", "application/json")
        return HTTPResponse(status: status, headers: fields, body: .bytes(json))
    }

    /// A JSON string (RFC 8259 §7).
    private static func appendQuoted(_ text: String, to json: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        json.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                json.append(UInt8(ascii: "\\"))
                json.append(byte)
            case 0..<0x20:
                json += Array("\\u00".utf8)
                json.append(digits[Int(byte >> 4)])
                json.append(digits[Int(byte & 15)])
            default:
                json.append(byte)
            }
        }
        json.append(UInt8(ascii: "\""))
    }

    static func badRequest(_ code: String, _ message: String) -> HTTPError {
        HTTPError(.badRequest, code: code, message: message)
    }
}
