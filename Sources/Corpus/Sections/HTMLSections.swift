/// The sections of an HTML page: the text under each `h1` to `h6`.
///
/// Tags are stripped, scripts, styles, templates and drawings dropped, entities decoded, white space collapsed; block
/// elements and `<br>` end a line. Text under no heading has the page's `<title>`. Whatever the markup, this reads
/// on to the end in one pass, as browsers do.
package struct HTMLSections {
    private var scanner: HTMLScanner
    private var outline = Outline()
    private var title: String?
    private var text = CollapsedText()
    private var textLine = 1
    private var heading: (level: Int, anchor: String?, line: Int)?

    private static let dropped: Set<String> = ["script", "style", "template", "svg", "math", "noscript", "iframe"]
    private static let inline: Set<String> = [
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
        "img",
        "ins", "kbd", "label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub",
        "sup", "time", "tt", "u", "var", "wbr",
    ]

    /// Splits a page.
    package static func sections(of page: String) -> [Section] {
        var reader = HTMLSections(scanner: HTMLScanner(page: page))
        while let token = reader.scanner.next() { reader.read(token) }
        reader.endHeading()
        reader.endLine()
        return reader.outline.finish(title: reader.title)
    }

    private init(scanner: HTMLScanner) {
        self.scanner = scanner
    }

    private mutating func read(_ token: HTMLScanner.Token) {
        switch token {
        case .text(let range):
            if text.isEmpty { textLine = scanner.line(at: range.lowerBound) }
            scanner.decode(range, into: &text)
            // It may be that the end tag is missing.
            if text.count > Section.maximumHeadingBytes { endHeading() }
        case .open(let name, let anchor, let isClosed, let start):
            if Self.dropped.contains(name) {
                if !isClosed { _ = scanner.skipContent(of: name) }
            } else if name == "title" {
                var title = CollapsedText()
                scanner.decode(scanner.skipContent(of: name), into: &title)
                if self.title == nil { self.title = title.string }
            } else if let level = Self.level(of: name) {
                endHeading()
                endLine()
                heading = (level, anchor, scanner.line(at: start))
            } else {
                passTag(name)
            }
        case .close(let name):
            if Self.level(of: name) != nil { endHeading() } else { passTag(name) }
        }
    }

    private mutating func passTag(_ name: String) {
        if Self.inline.contains(name) { return }
        // A heading goes over several lines, and a table's row is one line.
        if heading != nil || name == "td" || name == "th" { text.space() } else { endLine() }
    }

    private mutating func endLine() {
        if !text.isEmpty { outline.text(text.string, line: textLine) }
        text = CollapsedText()
    }

    private mutating func endHeading() {
        guard let (level, anchor, line) = heading else { return }
        heading = nil
        let string = text.string
        text = CollapsedText()
        // An empty heading is for looks, and what follows belongs to the section before.
        guard !string.isEmpty else { return }
        guard string.utf8.count <= Section.maximumHeadingBytes else { return outline.text(string, line: line) }
        outline.heading(string, level: level, slug: anchor ?? Slug.of(string), line: line)
    }

    private static func level(of name: String) -> Int? {
        guard name.utf8.count == 2, name.first == "h", let level = name.last?.wholeNumberValue, 1...6 ~= level
        else { return nil }
        return level
    }
}
