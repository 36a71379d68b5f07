/// Asks the server for the memory that parts of a request's body take which are longer than usual.
///
///     var memory = BodyMemory(context)
///     buffer += piece
///     try memory.hold(buffer.count)
public struct BodyMemory: Sendable {
    /// What every request may hold without asking.
    private static let free = 1 << 20

    private let context: RequestContext
    private var most = BodyMemory.free

    public init(_ context: RequestContext) { self.context = context }

    /// Says how many bytes a buffer has now. Throws `HTTPError` 503 `overloaded` where all requests hold too many.
    public mutating func hold(_ bytes: Int) throws(HTTPError) {
        guard bytes > most else { return }
        // An array that grows has room for twice what is in it, and what is read from it is a copy.
        let more = max(bytes - most, BodyMemory.free)
        try context.reserve(bytes: 3 * more)
        most += more
    }
}
