/// How Markdown writes headings.
enum MarkdownHeading {
    /// Level and text of an ATX heading; `nil` for every other line. The line comes without its indentation.
    static func atx(_ line: Substring) -> (level: Int, text: String)? {
        let level = line.unicodeScalars.prefix { $0 == "#" }.count
        let rest = line.unicodeScalars.dropFirst(level)
        guard 1...6 ~= level, rest.first.map({ $0 == " " || $0 == "\t" }) ?? true,
            line.utf8.count <= Section.maximumHeadingBytes
        else { return nil }
        let text = Substring(rest).trimmingSpaces()
        var unclosed = text.unicodeScalars[...]
        while unclosed.last == "#" { unclosed.removeLast() }
        guard unclosed.endIndex < text.endIndex, unclosed.last.map(\.properties.isWhitespace) ?? true else {
            return (level, text)
        }
        return (level, String(unclosed).trimmingSpaces())
    }

    /// 1 for a line of `=`, 2 for one of `-`; `nil` for every other. The line comes without its indentation.
    static func underline(_ line: Substring) -> Int? {
        let text = line.trimmingSpaces().unicodeScalars
        guard let mark = text.first, mark == "=" || mark == "-", text.allSatisfy({ $0 == mark }) else { return nil }
        return mark == "=" ? 1 : 2
    }

    /// Whether a line begins a list, a quotation, a table or a thematic break, which cannot be underlined.
    static func startsAnotherBlock(_ line: Substring) -> Bool {
        guard let first = line.first else { return false }
        let rest = line.dropFirst()
        switch first {
        case ">", "|": return true
        case "-", "+", "*", "_":
            if first != "_", rest.first.map(\.isWhitespace) ?? true { return true }
            return first != "+" && line.filter { !$0.isWhitespace }.count >= 3
                && line.allSatisfy { $0 == first || $0.isWhitespace }
        case "0"..."9":
            let mark = line.drop { $0.isASCII && $0.isNumber }
            return (mark.first == "." || mark.first == ")") && (mark.dropFirst().first.map(\.isWhitespace) ?? true)
        default: return false
        }
    }

    /// A heading's text without marks for links, code and emphasis, and its own anchor where it ends in `{#anchor}`.
    static func plain(_ source: String) -> (text: String, anchor: String?) {
        var source = source.unicodeScalars[...]
        var anchor: String?
        if source.last == "}",
            let start = source.indices.last(where: { source[$0...].starts(with: "{#".unicodeScalars) })
        {
            let name = source[start...].dropFirst(2).dropLast()
            if !name.isEmpty, !name.contains(where: \.properties.isWhitespace) {
                anchor = String(name)
                source = source[..<start]
            }
        }
        return (withoutMarks(source).trimmingSpaces(), anchor)
    }

    private static func withoutMarks(_ source: Substring.UnicodeScalarView) -> String {
        var text = "".unicodeScalars
        var rest = source
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\\": text.append(rest.popFirst() ?? scalar)
            case "`", "*": continue
            case "!" where rest.first == "[": continue
            case "[":
                guard let close = rest.firstIndex(of: "]") else {
                    text.append(scalar)
                    continue
                }
                text += withoutMarks(rest[..<close]).unicodeScalars
                rest = rest[close...].dropFirst()
                if rest.first == "(", let end = rest.firstIndex(of: ")") { rest = rest[end...].dropFirst() }
            case "<":
                guard let close = rest.firstIndex(of: ">"),
                    rest.first.map({ $0.properties.isAlphabetic || $0 == "/" }) ?? false
                else {
                    text.append(scalar)
                    continue
                }
                rest = rest[close...].dropFirst()
            default: text.append(scalar)
            }
        }
        return String(text)
    }
}
