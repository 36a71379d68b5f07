import CoreMetrics
import Synchronization

/// Counts of values by size, with their sum.
final class PrometheusHistogram: PrometheusSeries, TimerHandler, RecorderHandler {
    /// Upper bounds of the buckets.
    struct Buckets: Sendable {
        let bounds: [Double]

        /// Half a millisecond to ten seconds: what a search and its stages take.
        static let seconds = Buckets(
            bounds: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
        static let values = Buckets(bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000])
    }

    private struct State {
        var counts: [Int]
        var sum = 0.0
        var count = 0
    }

    private let buckets: Buckets
    private let state: Mutex<State>

    init(_ buckets: Buckets) {
        self.buckets = buckets
        state = Mutex(State(counts: Array(repeating: 0, count: buckets.bounds.count)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = buckets.bounds.firstIndex { value <= $0 }
        state.withLock { state in
            if let bucket { state.counts[bucket] += 1 }
            state.sum += value
            state.count += 1
        }
    }

    func write(name: String, labels: String, to text: inout [UInt8]) {
        let state = state.withLock { $0 }
        var below = 0
        for (bound, count) in zip(buckets.bounds, state.counts) {
            below += count
            let labels = PrometheusText.adding("le", PrometheusText.number(bound), to: labels)
            PrometheusText.write(name + "_bucket", labels, String(below), to: &text)
        }
        let all = PrometheusText.adding("le", "+Inf", to: labels)
        PrometheusText.write(name + "_bucket", all, String(state.count), to: &text)
        PrometheusText.write(name + "_sum", labels, PrometheusText.number(state.sum), to: &text)
        PrometheusText.write(name + "_count", labels, String(state.count), to: &text)
    }
}
