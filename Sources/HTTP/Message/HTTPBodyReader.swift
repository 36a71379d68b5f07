/// A request body that is read while it arrives.
///
///     while let piece = try body.read() { … }
///
/// The event loop keeps at most 256 KiB ahead of the reader and then lets the client wait. Reading blocks the worker
/// until bytes come, no longer than the server's body time limit and minimum transfer rate allow. What waits to be read
/// counts into the server's request bodies.
public final class HTTPBodyReader: Sendable {
    private struct State {
        var buffer: [UInt8] = []
        var isComplete = false
        var failure: HTTPError?
        /// Whether the loop should be told when room is made.
        var isLoopWaiting = false
    }

    static let highWater = 256 << 10

    private let state: Monitor<State>
    /// Tells the loop that bytes are wanted.
    private let demand: @Sendable () -> Void
    /// What is read instead of what the loop brings, for bodies that are decoded.
    private let source: (@Sendable () throws(HTTPError) -> [UInt8]?)?
    private let account: ByteAccount?

    /// A reader over a body that is there already, as tests need.
    public convenience init(_ body: [UInt8]) {
        self.init(demand: {})
        finish(with: body)
    }

    /// A reader of what a closure gives, which makes it of another reader's bytes; nil at the end, never an empty piece.
    public init(reading source: @escaping @Sendable () throws(HTTPError) -> [UInt8]?) {
        self.source = source
        demand = {}
        account = nil
        state = Monitor(State())
    }

    init(account: ByteAccount? = nil, demand: @escaping @Sendable () -> Void) {
        self.demand = demand
        self.account = account
        source = nil
        state = Monitor(State())
    }

    deinit { account?.release(state.withLock { $0.buffer.count }) }

    /// The next bytes, at least one and all that have come; nil at the end of the body.
    /// - Throws: `HTTPError`: the client was too slow (408), sent a malformed body (400) or too much (413), or left.
    public func read() throws(HTTPError) -> [UInt8]? {
        if let source { return try source() }
        let isDemanded = state.withLock { state in
            let isDemanded = state.isLoopWaiting
            state.isLoopWaiting = false
            return isDemanded
        }
        if isDemanded { demand() }
        let result = state.wait { state -> Result<[UInt8]?, HTTPError>? in
            if !state.buffer.isEmpty {
                defer {
                    account?.release(state.buffer.count)
                    state.buffer = []
                }
                return .success(state.buffer)
            }
            if let failure = state.failure { return .failure(failure) }
            return state.isComplete ? .success(nil) : nil
        }
        return try (result ?? .success(nil)).get()
    }

    // MARK: The loop's side

    /// Adds bytes; false where the loop should pause until it hears a demand.
    ///
    /// - Parameter mayWait: whether a reader is there to make a demand. Without, bytes that the account has no room for are
    ///   not taken, which is an error.
    func append(_ bytes: UnsafeBufferPointer<UInt8>, mayWait: Bool) throws(HTTPError) -> Bool {
        let isCounted = account?.reserve(bytes.count) ?? true
        if !isCounted {
            guard mayWait else {
                throw HTTPError(
                    .serviceUnavailable, code: "overloaded",
                    message: "The server holds as many bytes of request bodies as it may; retry later.",
                    headers: ["Retry-After": "1"])
            }
            account?.add(bytes.count)
        }
        let hasRoom = state.withLock { state in
            state.buffer.append(contentsOf: bytes)
            state.isLoopWaiting = mayWait && (!isCounted || state.buffer.count >= HTTPBodyReader.highWater)
            return !state.isLoopWaiting
        }
        state.signal()
        return hasRoom
    }

    /// Asks for a demand at the next read, for a client that waits for `100 Continue`.
    func awaitDemand() {
        state.withLock { $0.isLoopWaiting = true }
    }

    func finish(with body: [UInt8] = []) {
        state.withLock { state in
            state.buffer += body
            state.isComplete = true
        }
        state.broadcast()
    }

    /// Lets reads fail, once what has come is read.
    func fail(_ failure: HTTPError) {
        state.withLock { state in
            if !state.isComplete && state.failure == nil { state.failure = failure }
        }
        state.broadcast()
    }
}
