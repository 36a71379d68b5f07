import Foundation

/// How far a long job is: a bar on a terminal, JSON lines elsewhere, both on standard error with rate and time left.
final class Progress {
    private let unit: String
    // Not the time of day, which may jump.
    private let start = ContinuousClock.now
    private var last: ContinuousClock.Instant?
    private let isTerminal = Terminal.errorIsTerminal
    private var drawn = false

    /// - Parameter unit: what is counted, in the plural ("passages").
    init(unit: String) { self.unit = unit }

    /// Reports, at most four times a second on a terminal and every five seconds elsewhere.
    ///
    /// - Parameters:
    ///   - done: how many so far.
    ///   - fraction: of the whole, `nil` where the end is not known.
    ///   - extra: further rates by name, a second.
    func report(done: Int, fraction: Double?, extra: [(name: String, perSecond: Double)] = [], force: Bool = false) {
        let now = ContinuousClock.now
        guard force || last.map({ now - $0 >= .milliseconds(isTerminal ? 250 : 5000) }) ?? true else { return }
        last = now
        let elapsed = max(1e-3, (now - start) / .seconds(1))
        let rate = Double(done) / elapsed
        let left = fraction.flatMap { $0 > 0.001 ? elapsed * (1 - $0) / $0 : nil }
        let megabytes = Double(Self.residentBytes) / 1e6
        if isTerminal {
            let width = 24
            let filled = Int((fraction ?? 0) * Double(width))
            let bar =
                String(repeating: "█", count: min(width, filled))
                + String(repeating: "░", count: max(0, width - filled))
            let percent = fraction.map { String(format: "%3.0f %%", $0 * 100) } ?? "  … "
            let rates = extra.map { " · \(Int($0.perSecond)) \($0.name)/s" }.joined()
            let line =
                "\(bar) \(percent)  \(done) \(unit) · \(String(format: "%.0f", rate)) \(unit)/s\(rates)"
                + " · \(left.map { Self.duration($0) + " left" } ?? Self.duration(elapsed)) · \(Int(megabytes)) MB"
            Terminal.write("\r\u{1B}[K" + line)
            drawn = true
        } else {
            var fields: [String: Any] = [
                unit: done, "\(unit)_per_second": (rate * 10).rounded() / 10, "seconds": (elapsed * 10).rounded() / 10,
                "memory_mb": megabytes.rounded(),
            ]
            if let fraction { fields["fraction"] = (fraction * 1e4).rounded() / 1e4 }
            if let left { fields["seconds_left"] = left.rounded() }
            for (name, value) in extra { fields["\(name)_per_second"] = value.rounded() }
            if let data = try? JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys]) {
                Terminal.write(String(decoding: data, as: UTF8.self) + "\n")
            }
        }
    }

    /// Ends the bar's line.
    func finish() {
        if drawn { Terminal.write("\n") }
        drawn = false
    }

    /// Since it began.
    var seconds: Double { (.now - start) / .seconds(1) }

    /// "42 s", "3 min 10 s", "2 h 5 min".
    static func duration(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }

    private static var residentBytes: Int {
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
        return (pages?.dropFirst().first.flatMap { Int($0) } ?? 0) * Int(getpagesize())
    }
}
