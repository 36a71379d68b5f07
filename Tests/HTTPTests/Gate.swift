import Glibc
import HTTP

/// A door that handlers wait at until a test opens it, or that tests wait at for handlers; waits end after some seconds.
final class Gate<Value: Sendable>: Sendable {
    private let state = Monitor<Value?>(nil)

    func open(_ value: Value) {
        state.withLock { $0 = value }
        state.broadcast()
    }

    /// What it was opened with; nil where nobody came.
    func pass() -> Value? {
        state.wait(until: TestClock.inOneMinute()) { $0 }
    }
}

enum TestClock {
    static func inOneMinute() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return (Int64(time.tv_sec) + 60) * 1_000_000_000
    }
}
