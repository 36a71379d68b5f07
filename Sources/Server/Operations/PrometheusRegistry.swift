import CoreMetrics
import JSON
import Synchronization

/// swift-metrics' back end: keeps the figures and writes them in Prometheus' text format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
///
///     let registry = PrometheusRegistry()
///     Counter(label: "requests_total", dimensions: [("route", "/healthz")], factory: registry).increment()
///     registry.text()   // # TYPE requests_total counter …
///
/// A counter stays a counter, a meter is a gauge, timers (in seconds) and recorders are histograms. What has once been
/// made is found again by name and labels. At most ``seriesLimit`` series are kept; further ones count into the void, and
/// `passerine_metrics_refused` says how many there were.
public final class PrometheusRegistry: MetricsFactory {
    /// Series that are kept, histograms counted as one each.
    public static let seriesLimit = 4096

    enum Kind: String {
        case counter, gauge, histogram
    }

    struct Family {
        let kind: Kind
        /// By labels as they are written: `{route="/healthz"}`.
        var series: [CodePoints: Labelled] = [:]
    }

    struct Labelled {
        let dimensions: [(String, String)]
        let series: any PrometheusSeries
    }

    struct State {
        var families: [String: Family] = [:]
        var help: [String: String] = [:]
        var count = 0
        var refused = 0
    }

    private let state: Mutex<State>

    /// - Parameter help: what is said of metrics, by their names.
    public init(help: [String: String] = [:]) { state = Mutex(State(help: help)) }

    /// All figures, or those whose labels may all be shown.
    public func text(showing isShown: (_ label: String, _ value: String) -> Bool = { _, _ in true }) -> [UInt8] {
        let (families, help, refused) = state.withLock { ($0.families, $0.help, $0.refused) }
        var text: [UInt8] = []
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            let shown = family.series.filter { $0.value.dimensions.allSatisfy(isShown) }
            if shown.isEmpty { continue }
            if let help = help[name] { text += Array("# HELP \(name) \(PrometheusText.help(help))\n".utf8) }
            text += Array("# TYPE \(name) \(family.kind.rawValue)\n".utf8)
            for (labels, labelled) in shown.sorted(by: { $0.key < $1.key }) {
                labelled.series.write(name: name, labels: labels.text, to: &text)
            }
        }
        text += Array("# TYPE passerine_metrics_refused gauge\npasserine_metrics_refused \(refused)\n".utf8)
        return text
    }

    private func series<Series: PrometheusSeries>(
        _ label: String, _ dimensions: [(String, String)], _ kind: Kind, make: () -> Series
    ) -> Series {
        let name = PrometheusText.name(label)
        let labels = CodePoints(PrometheusText.labels(dimensions))
        return state.withLock { state in
            var family = state.families[name] ?? Family(kind: kind)
            if let known = family.series[labels]?.series as? Series { return known }
            let series = make()
            // A name has one kind; the other would make the page unreadable.
            guard family.kind == kind, state.count < Self.seriesLimit else {
                state.refused += 1
                return series
            }
            family.series[labels] = Labelled(dimensions: dimensions, series: series)
            state.families[name] = family
            state.count += 1
            return series
        }
    }

    private func remove(_ handler: AnyObject) {
        state.withLock { state in
            for (name, family) in state.families {
                for (labels, labelled) in family.series where labelled.series === handler {
                    state.families[name]?.series[labels] = nil
                    state.count -= 1
                }
            }
        }
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter) { PrometheusCounter() }
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter) { PrometheusFloatingPointCounter() }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) { PrometheusGauge() }
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate { return series(label, dimensions, .histogram) { PrometheusHistogram(.values) } }
        return series(label, dimensions, .gauge) { PrometheusGauge() }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .histogram) { PrometheusHistogram(.seconds) }
    }

    public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}
