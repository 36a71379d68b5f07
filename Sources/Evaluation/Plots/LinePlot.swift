import Foundation

/// Curves of the systems: recall by depth, and the distribution of latency.
enum LinePlot {
    /// Recall over the passages looked at, on a logarithmic axis.
    static func recall(_ report: ComparisonReport) -> String {
        let deepest = report.systems.compactMap { $0.recallCurve.last?.cutoff }.max() ?? 1
        let highest = report.systems.flatMap(\.recallCurve).map(\.recall).max() ?? 1
        var frame = PlotFrame(
            horizontal: .logarithmic(1, Double(deepest), start: PlotFrame.left, end: PlotFrame.right),
            vertical: .linear(0, highest, limit: 1, start: PlotFrame.bottom, end: PlotFrame.top),
            horizontalName: "passages looked at", verticalName: "recall")
        for (index, system) in report.systems.enumerated() {
            frame.svg.path(
                system.recallCurve.map { frame.point(Double($0.cutoff), $0.recall) },
                style: PlotFrame.lineStyle(index))
        }
        return frame.svg.element(description: "Recall curves of \(report.systems.count) systems")
    }

    /// For each latency the share of queries answered within it; the 50th, 95th and 99th percentiles are marked.
    static func latency(_ report: ComparisonReport) -> String {
        let samples = report.systems.map { ($0.latencies?.totals ?? []).sorted() }
        let all = samples.flatMap { [$0.first, $0.last] }.compactMap { $0 }.filter { $0 > 0 }
        var frame = PlotFrame(
            horizontal: .logarithmic(all.min() ?? 1, all.max() ?? 10, start: PlotFrame.left, end: PlotFrame.right),
            vertical: .linear(0, 1, limit: 1, start: PlotFrame.bottom, end: PlotFrame.top),
            horizontalName: "milliseconds (logarithmic)", verticalName: "share of queries")
        for (index, sorted) in samples.enumerated() where !sorted.isEmpty {
            let shares = (0...200).map { Double($0) / 200 }
            frame.svg.path(
                shares.map { frame.point(Percentile.of(sorted, $0), $0) }, style: PlotFrame.lineStyle(index))
            for share in [0.5, 0.95, 0.99] {
                let value = Percentile.of(sorted, share)
                let point = frame.point(value, share)
                frame.svg.circle(
                    point.x, point.y, radius: 3, style: PlotFrame.fillStyle(index),
                    title: "\(report.systems[index].name) p\(Int((share * 100).rounded())): "
                        + "\(FigureFormat.milliseconds(value)) ms")
            }
        }
        return frame.svg.element(description: "Distribution of latency")
    }
}
