/// The box that most plots are drawn in: axes with ticks, a grid, and the axes' names.
struct PlotFrame {
    static let width = 400.0
    static let height = 280.0
    static let left = 48.0
    static let right = 388.0
    static let top = 12.0
    static let bottom = 236.0

    let horizontal: Axis
    let vertical: Axis
    var svg = SVG(width: width, height: height)

    init(horizontal: Axis, vertical: Axis, horizontalName: String, verticalName: String) {
        self.horizontal = horizontal
        self.vertical = vertical
        for tick in vertical.ticks {
            let y = vertical.position(tick)
            svg.line(Self.left, y, Self.right, y, style: "grid")
            svg.text(FigureFormat.tick(tick), Self.left - 5, y + 4, anchor: .end)
        }
        for tick in horizontal.ticks {
            let x = horizontal.position(tick)
            svg.line(x, Self.bottom, x, Self.bottom + 4, style: "axis")
            svg.text(FigureFormat.tick(tick), x, Self.bottom + 17, anchor: .middle)
        }
        svg.line(Self.left, Self.bottom, Self.right, Self.bottom, style: "axis")
        svg.text(horizontalName, (Self.left + Self.right) / 2, Self.height - 8, anchor: .middle)
        svg.text(verticalName, 12, (Self.top + Self.bottom) / 2, anchor: .middle, turned: true)
    }

    func point(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        (horizontal.position(x), vertical.position(y))
    }

    /// Style of a series: a colour and, so that colour is not all, a dash pattern.
    static func lineStyle(_ series: Int) -> String { "line stroke\(series % 8) dash\(series % 4)" }
    static func fillStyle(_ series: Int) -> String { "fill\(series % 8)" }
}
