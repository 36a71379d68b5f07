/// What HTML and SVG need of text.
enum HTML {
    /// Text as text, in content and in quoted attributes.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    /// A table that scrolls sideways on a narrow screen. Cells are HTML; the first `leading` columns are text, the
    /// others figures.
    static func table(_ header: [String], _ rows: [[String]], leading: Int) -> String {
        func row(_ cells: [String], _ tag: String) -> String {
            let columns = cells.enumerated().map { index, cell in
                "<\(tag)\(index < leading ? "" : " class=\"figure\"")>\(cell)</\(tag)>"
            }
            return "<tr>\(columns.joined())</tr>\n"
        }
        return
            "<div class=\"scroll\" tabindex=\"0\"><table>\n<thead>\(row(header.map(escaped), "th"))</thead>\n<tbody>\n"
            + rows.map { row($0, "td") }.joined() + "</tbody>\n</table></div>\n"
    }

    /// A figure with its caption, which is text.
    static func figure(_ drawing: String, caption: String) -> String {
        "<figure>\(drawing)<figcaption>\(escaped(caption))</figcaption></figure>\n"
    }
}
