import Synchronization

/// What a handler may ask about the request's circumstances, above all whether it is still wanted.
///
/// A handler that works for longer than some milliseconds looks at ``isCancelled`` now and then and gives up where it is
/// true: whatever it returns then reaches nobody.
public final class RequestContext: Sendable {
    /// Why a request is no longer wanted.
    public enum Cancellation: UInt8, Sendable {
        case clientLeft = 1
        case deadlinePassed = 2
        case serverStopped = 3
    }

    /// Thrown by ``checkCancelled()``.
    public struct Cancelled: Error, Sendable {
        public let reason: Cancellation
    }

    private let state = Atomic<UInt8>(0)
    /// The client's `X-Request-ID` where it is 1 to 128 letters, digits and `-_.:`, otherwise 16 hexadecimal digits of
    /// our own. Safe to log.
    public let requestID: String
    /// The client's address and port.
    public let remoteAddress: SocketAddress
    private let deadlineTime: Atomic<Int64>
    private let identity = AtomicLazyReference<Identity>()
    private let account: ByteAccount?
    private let reserved = Atomic<Int>(0)
    private let lacking = Atomic<Int>(0)
    /// The pattern that the path matched, such as `/v1/indexes/{name}`; nil where none did.
    public let routePattern: String?

    /// A client in a box, as a reference is what can be set once without a lock.
    private final class Identity: Sendable {
        let client: any RequestClient

        init(_ client: any RequestClient) { self.client = client }
    }

    /// A context for calling handlers without a server, as tests do.
    public convenience init(
        headers: HTTPHeaders = HTTPHeaders(), remoteAddress: SocketAddress = .unix(path: ""),
        routePattern: String? = nil, deadline: Duration? = nil
    ) {
        self.init(
            number: 0, headers: headers, remoteAddress: remoteAddress, routePattern: routePattern,
            deadline: deadline.map { MonotonicTime.adding($0.nanoseconds, to: MonotonicTime.now()) } ?? .max,
            account: nil)
    }

    init(
        number: UInt64, headers: HTTPHeaders, remoteAddress: SocketAddress, routePattern: String?, deadline: Int64,
        account: ByteAccount?
    ) {
        self.account = account
        requestID = RequestContext.identifier(headers, number)
        self.remoteAddress = remoteAddress
        self.routePattern = routePattern
        deadlineTime = Atomic(deadline)
    }

    deinit { giveBack() }

    /// Monotonic nanoseconds; known once the request may be worked on.
    var deadline: Int64 { deadlineTime.load(ordering: .relaxed) }

    func begin(deadline: Int64) { deadlineTime.store(deadline, ordering: .relaxed) }

    /// Who sent the request; nil without an ``HTTPAdmission`` that says so.
    public var client: (any RequestClient)? { identity.load()?.client }

    /// Says who sent the request; the first time counts.
    public func identify(_ client: any RequestClient) {
        _ = identity.storeIfNil(Identity(client))
    }

    /// Whether the client has left, the deadline has passed or the server has been stopped. One atomic read.
    public var isCancelled: Bool { state.load(ordering: .relaxed) != 0 }

    /// The first reason for which the request was given up, nil while it is wanted.
    public var cancellation: Cancellation? { Cancellation(rawValue: state.load(ordering: .relaxed)) }

    /// Throws ``Cancelled`` once ``isCancelled`` is true.
    public func checkCancelled() throws(Cancelled) {
        if let cancellation { throw Cancelled(reason: cancellation) }
    }

    /// Time left until the deadline, zero after it; nil where the request has none.
    public var timeRemaining: Duration? {
        let deadline = deadline
        return deadline == .max ? nil : .nanoseconds(max(deadline - MonotonicTime.now(), 0))
    }

    // MARK: Memory

    /// Counts bytes that a handler holds for this request into those of the whole server (`Configuration.maxHeldBytes`),
    /// until its response is there. For what grows with a request's data: a few KiB are nobody's concern.
    ///
    /// Throws `HTTPError` 503 `overloaded` where all requests together hold too many; the handler should give up then.
    public func reserve(bytes: Int) throws(HTTPError) {
        guard let account, bytes > 0 else { return }
        guard account.reserve(bytes) else {
            lacking.store(bytes, ordering: .relaxed)
            throw HTTPError(
                .serviceUnavailable, code: "overloaded",
                message: "The server's requests and their responses hold \(account.bytes) bytes, and may hold "
                    + "\(account.limit) together (server.held_bytes); retry later.",
                headers: ["Retry-After": "1"])
        }
        reserved.add(bytes, ordering: .relaxed)
    }

    /// Gives back what has been reserved.
    func giveBack() { account?.release(reserved.exchange(0, ordering: .relaxed)) }

    /// The bytes for which there was no room; 0 where there was.
    var lackingBytes: Int { lacking.load(ordering: .relaxed) }

    private static func identifier(_ headers: HTTPHeaders, _ number: UInt64) -> String {
        if let supplied = headers["X-Request-ID"], 1...128 ~= supplied.utf8.count,
            supplied.utf8.allSatisfy({ byte in
                CharacterClass.lowercased(byte) &- 0x61 < 26 || byte &- 0x30 < 10 || "-_.:".utf8.contains(byte)
            })
        {
            return supplied
        }
        // One-to-one (the finaliser of MurmurHash3), so that numbers in sequence give unlike ids without repeats.
        var mixed = number
        mixed = (mixed ^ (mixed >> 33)) &* 0xff51_afd7_ed55_8ccd
        mixed = (mixed ^ (mixed >> 33)) &* 0xc4ce_b9fe_1a85_ec53
        mixed ^= mixed >> 33
        return String(unsafeUninitializedCapacity: 16) { digits in
            for index in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: mixed >> UInt64(60 - 4 * index)) & 15
                digits[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit
            }
            return 16
        }
    }

    /// Gives the request up; the first reason stays.
    package func cancel(_ reason: Cancellation) {
        _ = state.compareExchange(expected: 0, desired: reason.rawValue, ordering: .relaxed)
    }
}
