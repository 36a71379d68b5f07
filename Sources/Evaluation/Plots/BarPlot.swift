/// Horizontal bars of the systems' means by one measure, with confidence intervals.
enum BarPlot {
    static func element(_ report: ComparisonReport, measure: Measure) -> String {
        let rowHeight = 24.0
        // As wide as the longest name needs; a letter takes about 7.4 units.
        let longest = report.systems.map { shortened($0.name).count }.max() ?? 0
        let left = max(40, 12 + 7.4 * Double(longest))
        let right = 334.0
        let top = 8.0
        let bottom = top + rowHeight * Double(report.systems.count)
        var svg = SVG(width: PlotFrame.width, height: bottom + 24)
        let highest = report.systems.map { max($0.mean(measure), $0.interval(measure).high) }.max() ?? 1
        let axis = Axis.linear(0, highest, limit: 1, start: left, end: right)
        for tick in axis.ticks {
            svg.line(axis.position(tick), top, axis.position(tick), bottom, style: "grid")
            svg.text(FigureFormat.tick(tick), axis.position(tick), bottom + 16, anchor: .middle)
        }
        for (index, system) in report.systems.enumerated() {
            let y = top + rowHeight * Double(index)
            let middle = y + rowHeight / 2
            let interval = system.interval(measure)
            svg.text(shortened(system.name), left - 6, middle + 4, anchor: .end, title: system.name)
            svg.rectangle(
                left, y + 4, width: axis.position(system.mean(measure)) - left, height: rowHeight - 8,
                style: PlotFrame.fillStyle(index))
            svg.line(axis.position(interval.low), middle, axis.position(interval.high), middle, style: "whisker")
            for end in [interval.low, interval.high] {
                svg.line(axis.position(end), middle - 4, axis.position(end), middle + 4, style: "whisker")
            }
            svg.text(
                FigureFormat.value(system.mean(measure)), axis.position(max(interval.high, system.mean(measure))) + 6,
                middle + 4, style: "value")
        }
        svg.line(left, top, left, bottom, style: "axis")
        return svg.element(description: "Bars of \(measure) for \(report.systems.count) systems")
    }

    private static func shortened(_ name: String) -> String {
        name.count <= 18 ? name : name.prefix(8) + "…" + name.suffix(9)
    }
}
