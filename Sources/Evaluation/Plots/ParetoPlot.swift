/// Effectiveness against median latency; the systems that none beats in both are joined by a line.
enum ParetoPlot {
    static func element(_ report: ComparisonReport) -> String {
        let measure = report.measures[0]
        let points = report.systems.enumerated().compactMap { index, system in
            system.latencies.map { latencies in
                (index: index, system: system, cost: LatencySummary(stage: "total", milliseconds: latencies.totals).p50)
            }
        }
        let costs = points.map(\.cost).filter { $0 > 0 }
        let values = points.map { $0.system.mean(measure) }
        let (low, high) = (values.min() ?? 0, values.max() ?? 1)
        let margin = max((high - low) * 0.15, 0.01)
        var frame = PlotFrame(
            horizontal: .logarithmic(
                (costs.min() ?? 1) / 1.6, (costs.max() ?? 10) * 1.6, start: PlotFrame.left, end: PlotFrame.right),
            vertical: .linear(
                max(0, low - margin), high + margin, limit: 1, start: PlotFrame.bottom, end: PlotFrame.top),
            horizontalName: "median milliseconds per query (logarithmic)", verticalName: "\(measure)")
        let front = points.filter { $0.system.onParetoFront == true }.sorted { $0.cost < $1.cost }
        frame.svg.path(front.map { frame.point($0.cost, $0.system.mean(measure)) }, style: "front")
        let places = points.map { frame.point($0.cost, $0.system.mean(measure)) }
        for (point, place) in zip(points, places) {
            frame.svg.circle(
                place.x, place.y, radius: 5, style: PlotFrame.fillStyle(point.index),
                title: "\(point.system.name): \(FigureFormat.value(point.system.mean(measure))), "
                    + "\(FigureFormat.milliseconds(point.cost)) ms")
        }
        for label in LabelPlacement.place(points.map(\.system.name), beside: places) {
            frame.svg.text(label.text, label.x, label.y, style: "value")
        }
        return frame.svg.element(description: "\(measure) against median latency, with the Pareto front")
    }
}
