/// Measures whether a client takes or gives bytes fast enough: a grace period, then a minimum rate.
struct TransferClock {
    private var start: Int64 = .max
    private var bytes = 0

    var isRunning: Bool { start != .max }

    mutating func begin(at now: Int64) {
        start = now
        bytes = 0
    }

    mutating func stop() {
        start = .max
    }

    mutating func count(_ bytes: Int) {
        self.bytes += bytes
    }

    /// Bytes a second since the clock began; nil within the first `grace` nanoseconds, and where it does not run.
    ///
    /// - Parameter waiting: bytes that moved no further than into this system's own buffers.
    func rate(at now: Int64, after grace: Int64, without waiting: Int) -> Double? {
        guard isRunning, now - start >= grace, now > start else { return nil }
        return Double(max(bytes - waiting, 0)) / Double(now - start) * 1e9
    }

    /// When the client will have been too slow, unless more bytes move.
    func deadline(grace: Int64, bytesPerSecond: Int) -> Int64 {
        guard isRunning else { return .max }
        let earned = Double(bytes) / Double(max(bytesPerSecond, 1)) * 1e9
        return MonotonicTime.adding(Int64(min(earned, 1e17)), to: MonotonicTime.adding(grace, to: start))
    }
}
