/// The protocol version of a request that this server speaks (RFC 9112 §2.3).
///
/// A higher minor version than 1.1 counts as 1.1, as RFC 9110 §2.5 asks.
public enum HTTPVersion: Sendable, Hashable {
    case http10
    case http11
}
