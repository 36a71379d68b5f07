import CoreMetrics
import Synchronization

/// One line of figures, or the lines of one histogram.
protocol PrometheusSeries: AnyObject, Sendable {
    func write(name: String, labels: String, to text: inout [UInt8])
}

/// A whole number that grows.
final class PrometheusCounter: PrometheusSeries, CounterHandler {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) { value.wrappingAdd(max(0, amount), ordering: .relaxed) }
    func reset() { value.store(0, ordering: .relaxed) }

    func write(name: String, labels: String, to text: inout [UInt8]) {
        PrometheusText.write(name, labels, String(value.load(ordering: .relaxed)), to: &text)
    }
}

/// A number that grows, such as seconds.
final class PrometheusFloatingPointCounter: PrometheusSeries, FloatingPointCounterHandler {
    private let value = Mutex(0.0)

    func increment(by amount: Double) { value.withLock { $0 += max(0, amount) } }
    func reset() { value.withLock { $0 = 0 } }

    func write(name: String, labels: String, to text: inout [UInt8]) {
        PrometheusText.write(name, labels, PrometheusText.number(value.withLock { $0 }), to: &text)
    }
}

/// A number that goes up and down.
final class PrometheusGauge: PrometheusSeries, MeterHandler, RecorderHandler {
    private let value = Mutex(0.0)

    func set(_ new: Int64) { set(Double(new)) }
    func set(_ new: Double) { value.withLock { $0 = new } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ new: Int64) { set(new) }
    func record(_ new: Double) { set(new) }

    func write(name: String, labels: String, to text: inout [UInt8]) {
        PrometheusText.write(name, labels, PrometheusText.number(value.withLock { $0 }), to: &text)
    }
}
