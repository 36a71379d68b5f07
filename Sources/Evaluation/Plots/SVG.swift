import Foundation

/// A drawing, written as it is drawn. Colours come from the page's style sheet, so that they follow its dark mode.
struct SVG {
    enum Anchor: String {
        case start, middle, end
    }

    let width: Double
    let height: Double
    private var body = ""

    init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, style: String) {
        body += "<line x1=\"\(n(x1))\" y1=\"\(n(y1))\" x2=\"\(n(x2))\" y2=\"\(n(y2))\" class=\"\(style)\"/>"
    }

    mutating func rectangle(_ x: Double, _ y: Double, width: Double, height: Double, style: String) {
        body += "<rect x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(max(0, width)))\" height=\"\(n(height))\" "
        body += "class=\"\(style)\"/>"
    }

    mutating func circle(_ x: Double, _ y: Double, radius: Double, style: String, title: String? = nil) {
        body += "<circle cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"\(n(radius))\" class=\"\(style)\">"
        body += title.map { "<title>\(HTML.escaped($0))</title>" } ?? ""
        body += "</circle>"
    }

    mutating func path(_ points: [(x: Double, y: Double)], closed: Bool = false, style: String) {
        guard let first = points.first else { return }
        body += "<path d=\"M\(n(first.x)) \(n(first.y))"
        for point in points.dropFirst() { body += "L\(n(point.x)) \(n(point.y))" }
        body += closed ? "Z" : ""
        body += "\" class=\"\(style)\"/>"
    }

    mutating func text(
        _ text: String, _ x: Double, _ y: Double, anchor: Anchor = .start, style: String = "label",
        title: String? = nil,
        turned: Bool = false
    ) {
        let turn = turned ? " transform=\"rotate(-90 \(n(x)) \(n(y)))\"" : ""
        body += "<text x=\"\(n(x))\" y=\"\(n(y))\" text-anchor=\"\(anchor.rawValue)\" class=\"\(style)\"\(turn)>"
        body += title.map { "<title>\(HTML.escaped($0))</title>" } ?? ""
        body += HTML.escaped(text) + "</text>"
    }

    /// The finished element; `description` is what a screen reader says of it.
    func element(description: String) -> String {
        "<svg viewBox=\"0 0 \(n(width)) \(n(height))\" role=\"img\" aria-label=\"\(HTML.escaped(description))\">"
            + body + "</svg>"
    }

    /// A tenth of a unit is finer than a screen's dot.
    private func n(_ value: Double) -> String {
        let rounded = (value * 10).rounded() / 10
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }
}
