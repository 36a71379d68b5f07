/// A rate limit: a bucket of `burst` tokens that fills at a steady rate; each request takes one.
struct TokenBucket: Sendable {
    private let rate: AccessKey.Rate
    private var tokens: Double
    /// When the tokens were counted last.
    private var time: ContinuousClock.Instant

    init(_ rate: AccessKey.Rate, at time: ContinuousClock.Instant) {
        self.rate = rate
        self.time = time
        tokens = Double(rate.burst)
    }

    /// Takes a token, or says how long until there is one.
    mutating func take(at now: ContinuousClock.Instant) -> Duration? {
        let passed = max(0, (now - time) / .seconds(1))
        tokens = min(Double(rate.burst), tokens + passed * rate.perSecond)
        time = max(time, now)
        if tokens >= 1 {
            tokens -= 1
            return nil
        }
        return .seconds((1 - tokens) / rate.perSecond)
    }

    /// Whether nothing has been taken for so long that a new bucket would be the same.
    func isFull(at now: ContinuousClock.Instant) -> Bool {
        tokens + max(0, (now - time) / .seconds(1)) * rate.perSecond >= Double(rate.burst)
    }

    /// Whether the bucket is one of that rate, so that reloading keys does not fill it up.
    func has(_ other: AccessKey.Rate) -> Bool { rate == other }
}
