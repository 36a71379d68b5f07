/// The head of a request, parsed and checked.
public struct HTTPRequestHead: Sendable {
    /// How the end of the body is found (RFC 9112 §6.3).
    public enum Framing: Sendable, Hashable {
        case none
        case length(Int)
        case chunked
    }

    public var method: HTTPMethod
    /// Path and query in origin form, or `*`; of an absolute-form target what follows the authority, which `Host` then has.
    public var target: String
    public var version: HTTPVersion
    public var headers: HTTPHeaders
    public var framing: Framing
    /// Whether the client wants the connection kept after the response (RFC 9112 §9.3).
    public var keepsAlive: Bool
    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1).
    public var expectsContinue: Bool
}
