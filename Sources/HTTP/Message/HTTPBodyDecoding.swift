/// Undoes the content codings of request bodies (RFC 9110 §8.4); which there are is the server's owner's to say.
public protocol HTTPBodyDecoding: Sendable {
    /// Throws what a request is answered with whose body is in a coding that is not understood. Asked once the head is
    /// there and before the body is awaited, on an event loop, so it must not block.
    func check(_ headers: HTTPHeaders) throws

    /// The request with its body, or what reads it, decoded; on the handler's thread, for requests that have a
    /// `Content-Encoding`. Throws what the request is answered with where that is not possible.
    ///
    /// - Parameter limit: bytes that the decoded body may have.
    func decoded(_ request: HTTPRequest, limit: Int) throws -> HTTPRequest
}
