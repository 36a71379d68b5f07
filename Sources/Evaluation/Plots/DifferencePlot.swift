/// The differences of two systems query by query, largest gain first.
enum DifferencePlot {
    static func element(_ differences: [Double], measure: Measure) -> String {
        let sorted = differences.sorted(by: >)
        let reach = max(sorted.map(abs).max() ?? 0, 1e-4)
        var frame = PlotFrame(
            horizontal: .linear(
                0, Double(max(1, sorted.count)), limit: Double(sorted.count), start: PlotFrame.left,
                end: PlotFrame.right),
            vertical: .linear(-reach, reach, start: PlotFrame.bottom, end: PlotFrame.top),
            horizontalName: "queries, sorted", verticalName: "difference in \(measure)")
        let zero = frame.vertical.position(0)
        for (style, isShown) in [("gain", { $0 > 0 }), ("loss", { $0 < 0 })] as [(String, (Double) -> Bool)] {
            let range = sorted.indices.filter { isShown(sorted[$0]) }
            guard let first = range.first, let last = range.last else { continue }
            var points = [(x: frame.horizontal.position(Double(first)), y: zero)]
            for index in thinned(first...last) {
                let y = frame.vertical.position(sorted[index.lowerBound])
                points.append((frame.horizontal.position(Double(index.lowerBound)), y))
                points.append((frame.horizontal.position(Double(index.upperBound)), y))
            }
            points.append((frame.horizontal.position(Double(last + 1)), zero))
            frame.svg.path(points, closed: true, style: style)
        }
        frame.svg.line(PlotFrame.left, zero, PlotFrame.right, zero, style: "axis")
        return frame.svg.element(
            description: "Differences of \(differences.count) queries in \(measure), sorted from gain to loss")
    }

    /// Steps of one query each, or of several where there are more queries than a plot has dots.
    private static func thinned(_ range: ClosedRange<Int>) -> [Range<Int>] {
        let size = max(1, range.count / 400)
        return stride(from: range.lowerBound, through: range.upperBound, by: size).map {
            $0..<min($0 + size, range.upperBound + 1)
        }
    }
}
