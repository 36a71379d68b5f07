/// How Markdown writes headings.
enum MarkdownHeading {
    /// Level and text of an ATX heading; `nil` for every other line. The line comes without its indentation.
    static func atx(_ line: Substring) -> (level: Int, text: String)? {
        let level = line.prefix { $0 == "#" }.count
        let rest = line.dropFirst(level)
        guard 1...6 ~= level, rest.first.map({ $0 == " " || $0 == "\t" }) ?? true,
            line.utf8.count <= Section.maximumHeadingBytes
        else { return nil }
        let text = rest.trimmingSpaces()
        let unclosed = text.reversed().drop { $0 == "#" }.reversed()
        guard unclosed.count < text.count, unclosed.last.map(\.isWhitespace) ?? true else { return (level, text) }
        return (level, String(unclosed).trimmingSpaces())
    }

    /// 1 for a line of `=`, 2 for one of `-`; `nil` for every other. The line comes without its indentation.
    static func underline(_ line: Substring) -> Int? {
        let text = line.trimmingSpaces()
        guard let mark = text.first, mark == "=" || mark == "-", text.allSatisfy({ $0 == mark }) else { return nil }
        return mark == "=" ? 1 : 2
    }

    /// A heading's text without marks for links, code and emphasis, and its own anchor where it ends in `{#anchor}`.
    static func plain(_ source: String) -> (text: String, anchor: String?) {
        var source = source[...]
        var anchor: String?
        if source.hasSuffix("}"), let start = source.range(of: "{#", options: .backwards) {
            let name = source[start.upperBound...].dropLast()
            if !name.isEmpty, !name.contains(where: \.isWhitespace) {
                anchor = String(name)
                source = source[..<start.lowerBound]
            }
        }
        return (withoutMarks(source).trimmingSpaces(), anchor)
    }

    private static func withoutMarks(_ source: Substring) -> String {
        var text = ""
        var rest = source
        while let character = rest.popFirst() {
            switch character {
            case "\\": text.append(rest.popFirst() ?? character)
            case "`", "*": continue
            case "!" where rest.first == "[": continue
            case "[":
                guard let close = rest.firstIndex(of: "]") else {
                    text.append(character)
                    continue
                }
                text += withoutMarks(rest[..<close])
                rest = rest[close...].dropFirst()
                if rest.first == "(", let end = rest.firstIndex(of: ")") { rest = rest[end...].dropFirst() }
            case "<":
                guard let close = rest.firstIndex(of: ">"), rest.first.map({ $0.isLetter || $0 == "/" }) ?? false
                else {
                    text.append(character)
                    continue
                }
                rest = rest[close...].dropFirst()
            default: text.append(character)
            }
        }
        return text
    }
}
