/// Finds places for the names of points where they cover neither each other nor a point.
enum LabelPlacement {
    struct Label {
        let text: String
        /// Left end and baseline of the text.
        let x: Double
        let y: Double
    }

    private struct Box {
        let x: ClosedRange<Double>
        let y: ClosedRange<Double>

        func overlaps(_ other: Box) -> Bool { x.overlaps(other.x) && y.overlaps(other.y) }
    }

    /// Tries, for one point after the other, places around it and takes the first that is free and inside the plot;
    /// where none is, the one that covers least.
    static func place(_ names: [String], beside points: [(x: Double, y: Double)]) -> [Label] {
        var taken = points.map { Box(x: $0.x - 6...$0.x + 6, y: $0.y - 6...$0.y + 6) }
        return zip(names, points).map { name, point in
            let width = 7.4 * Double(name.count)
            let offsets: [(x: Double, y: Double)] = [
                (9, 4), (-9 - width, 4), (-width / 2, -10), (-width / 2, 20), (9, -10), (9, 20), (-9 - width, -10),
                (-9 - width, 20),
            ]
            let boxes = offsets.map { offset in
                let (x, y) = (point.x + offset.x, point.y + offset.y)
                return Box(x: x...x + width, y: y - 10...y + 3)
            }
            let costs = boxes.map { box in
                let isOutside =
                    box.x.lowerBound < PlotFrame.left || box.x.upperBound > PlotFrame.right
                    || box.y.lowerBound < PlotFrame.top - 8 || box.y.upperBound > PlotFrame.bottom
                return taken.count { $0.overlaps(box) } + (isOutside ? 10 : 0)
            }
            let best = costs.indices.min { (costs[$0], $0) < (costs[$1], $1) } ?? 0
            taken.append(boxes[best])
            return Label(text: name, x: point.x + offsets[best].x, y: point.y + offsets[best].y)
        }
    }
}
