/// HTML that stands in Markdown as a block of its own, in which nothing is a heading: the seven kinds of CommonMark 0.31
/// (section 4.6), each with its beginning and its end.
enum MarkdownHTMLBlock {
    /// `<pre>`, `<script>`, `<style>`, `<textarea>`, until one of their end tags.
    case verbatim
    /// Until the text that ends it, such as `-->`.
    case until([UInt8])
    /// A tag that makes a block, until a blank line.
    case block
    /// Any other tag that is alone on its line, until a blank line; it does not end a paragraph.
    case lone

    private static let verbatimNames = ["pre", "script", "style", "textarea"]
    private static let blockNames: Set<String> = [
        "address", "article", "aside", "base", "basefont", "blockquote", "body", "caption", "center", "col", "colgroup",
        "dd", "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form",
        "frame",
        "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "iframe", "legend", "li",
        "link",
        "main", "menu", "menuitem", "nav", "noframes", "ol", "optgroup", "option", "p", "param", "search", "section",
        "summary", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "track", "ul",
    ]

    /// `nil` where a line, its indentation removed, begins none.
    init?(line: ArraySlice<UInt8>) {
        guard line.first == UInt8(ascii: "<"), line.count > 1 else { return nil }
        let rest = line.dropFirst()
        if rest.starts(with: "!--".utf8) {
            self = .until(Array("-->".utf8))
        } else if rest.first == UInt8(ascii: "?") {
            self = .until(Array("?>".utf8))
        } else if rest.starts(with: "![CDATA[".utf8) {
            self = .until(Array("]]>".utf8))
        } else if rest.first == UInt8(ascii: "!") {
            guard let letter = rest.dropFirst().first, Self.isLetter(letter) else { return nil }
            self = .until([UInt8(ascii: ">")])
        } else {
            let isEnd = rest.first == UInt8(ascii: "/")
            let tag = isEnd ? rest.dropFirst() : rest
            let name = tag.prefix { Self.isLetter($0) || Self.isDigit($0) || $0 == UInt8(ascii: "-") }
            guard let first = name.first, Self.isLetter(first) else { return nil }
            let after = tag[name.endIndex...]
            let lowercased = name.count > 20 ? "" : String(decoding: name, as: UTF8.self).lowercased()
            let isDelimited = after.first.map { Self.isSpace($0) || $0 == UInt8(ascii: ">") } ?? true
            if !isEnd, isDelimited, Self.verbatimNames.contains(lowercased) {
                self = .verbatim
            } else if isDelimited || after.starts(with: "/>".utf8), Self.blockNames.contains(lowercased) {
                self = .block
            } else if Self.isAlone(after, isEnd: isEnd) {
                self = .lone
            } else {
                return nil
            }
        }
    }

    /// Whether a blank line ends it.
    var endsAtBlankLine: Bool {
        switch self {
        case .block, .lone: true
        case .verbatim, .until: false
        }
    }

    /// Whether a line, the first one too, has what ends it.
    func isClosed(by line: ArraySlice<UInt8>) -> Bool {
        switch self {
        case .block, .lone: return false
        case .until(let end): return Self.contains(end, in: line)
        case .verbatim:
            var rest = line
            while let open = rest.firstIndex(of: UInt8(ascii: "<")) {
                rest = rest[(open + 1)...]
                guard rest.first == UInt8(ascii: "/") else { continue }
                let name = rest.dropFirst().prefix { Self.isLetter($0) }
                if name.count <= 8, rest[name.endIndex...].first == UInt8(ascii: ">"),
                    Self.verbatimNames.contains(String(decoding: name, as: UTF8.self).lowercased())
                {
                    return true
                }
            }
            return false
        }
    }

    /// Whether what follows a tag's name is the rest of a whole tag and nothing else.
    private static func isAlone(_ text: ArraySlice<UInt8>, isEnd: Bool) -> Bool {
        var rest = text
        while true {
            let spaced = rest.drop(while: isSpace)
            if !isEnd, spaced.starts(with: "/>".utf8) { return spaced.dropFirst(2).allSatisfy(isSpace) }
            if spaced.first == UInt8(ascii: ">") { return spaced.dropFirst().allSatisfy(isSpace) }
            guard !isEnd, spaced.startIndex > rest.startIndex, let first = spaced.first,
                isLetter(first) || first == UInt8(ascii: "_") || first == UInt8(ascii: ":")
            else { return false }
            rest = spaced.drop { isLetter($0) || isDigit($0) || "_:.-".utf8.contains($0) }
            let equals = rest.drop(while: isSpace)
            guard equals.first == UInt8(ascii: "=") else { continue }
            let value = equals.dropFirst().drop(while: isSpace)
            guard let quote = value.first else { return false }
            if quote == 0x22 || quote == 0x27 {
                guard let end = value.dropFirst().firstIndex(of: quote) else { return false }
                rest = value[(end + 1)...]
            } else {
                rest = value.drop { !isSpace($0) && !"\"'=<>`".utf8.contains($0) }
                guard rest.startIndex > value.startIndex else { return false }
            }
        }
    }

    private static func contains(_ text: [UInt8], in line: ArraySlice<UInt8>) -> Bool {
        line.indices.contains { line[$0] == text[0] && line[$0...].starts(with: text) }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }
    private static func isLetter(_ byte: UInt8) -> Bool { 0x61...0x7A ~= byte | 0x20 }
    private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
}
