import HTTP

/// How often each network address may ask without a valid key: a bucket of tokens for each, in a table of bounded size.
///
/// An IPv6 address counts as its /64, which is what one client commonly has to itself.
struct AddressRates: Sendable {
    /// Addresses that are kept apart. Those beyond share one bucket, until others have been quiet for so long that theirs
    /// are full again.
    static let limit = 4096

    private let rate: AccessKey.Rate
    private var buckets: [String: TokenBucket] = [:]
    private var others: TokenBucket

    init(_ rate: AccessKey.Rate, at now: ContinuousClock.Instant) {
        self.rate = rate
        others = TokenBucket(rate, at: now)
    }

    /// Counts a request; says how long to wait where it is one too many.
    mutating func take(_ address: SocketAddress, at now: ContinuousClock.Instant) -> Duration? {
        let network = Self.network(of: address)
        if buckets[network] == nil, buckets.count >= Self.limit {
            // A sweep takes as long as thousands of look-ups; the shared bucket keeps it from being done at each request.
            if let wait = others.take(at: now) { return wait }
            buckets = buckets.filter { !$0.value.isFull(at: now) }
            guard buckets.count < Self.limit else { return nil }
        }
        var bucket = buckets[network] ?? TokenBucket(rate, at: now)
        let wait = bucket.take(at: now)
        buckets[network] = bucket
        return wait
    }

    /// The part of an address that stands for one client.
    static func network(of address: SocketAddress) -> String {
        guard case .ip(let host, _) = address else { return "" }
        let groups = host.split(separator: ":", omittingEmptySubsequences: false)
        // IPv4, or IPv4 within IPv6.
        guard groups.count > 2, !host.contains(".") else { return String(groups.last ?? "") }
        // What `::` leaves out is zeros; inet_ntop writes the rest without leading ones.
        var head: [Substring] = []
        for group in groups.prefix(4) {
            if group.isEmpty { break }
            head.append(group)
        }
        // `::` may stand elsewhere, and zeros here.
        while head.last == "0" { head.removeLast() }
        return head.joined(separator: ":") + "::/64"
    }
}
