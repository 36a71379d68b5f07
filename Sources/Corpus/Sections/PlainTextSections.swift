/// The sections of a plain text: paragraphs, which blank lines part, grouped up to some size under the heading above
/// them.
///
/// A heading is a paragraph of one line that is short, begins with a capital letter or a digit, does not end like a
/// sentence, and is followed by a paragraph that is no heading; or any line underlined with `===` or `---`.
package struct PlainTextSections {
    private struct Paragraph {
        var lines: [String]
        let line: Int
        var heading: String?
    }

    /// Splits the lines of a file, given without their endings. A section's body has at most `maximumBytes` bytes,
    /// unless a single paragraph has more.
    package static func sections(of lines: [String], maximumBytes: Int) -> [Section] {
        let paragraphs = headed(paragraphs(of: lines))
        var sections: [Section] = []
        var heading: Paragraph?
        var body: [String] = []
        var size = 0
        var line = 1
        var isFirstUnderHeading = true

        func close() {
            guard !body.isEmpty || (heading != nil && isFirstUnderHeading) else { return }
            sections.append(
                Section(
                    headings: heading?.heading.map { [$0] } ?? [],
                    line: isFirstUnderHeading ? heading?.line ?? line : line, body: body.joined(separator: "\n\n")))
            body = []
            size = 0
            isFirstUnderHeading = false
        }

        for paragraph in paragraphs {
            if paragraph.heading != nil {
                close()
                heading = paragraph
                isFirstUnderHeading = true
                continue
            }
            let text = paragraph.lines.joined(separator: "\n")
            if !body.isEmpty, size + text.utf8.count > maximumBytes { close() }
            if body.isEmpty { line = paragraph.line }
            body.append(text)
            size += text.utf8.count + 2
        }
        close()
        return sections
    }

    private static func paragraphs(of lines: [String]) -> [Paragraph] {
        var result: [Paragraph] = []
        var isOpen = false
        for (index, line) in lines.enumerated() {
            if line.utf8.allSatisfy({ $0 == 0x20 || 0x09...0x0D ~= $0 }) {
                isOpen = false
            } else if isOpen, let last = result.indices.last {
                if result[last].lines.count == 1, isUnderline(line) {
                    result[last].heading = result[last].lines[0].trimmingSpaces()
                    isOpen = false
                } else {
                    result[last].lines.append(line)
                }
            } else {
                result.append(Paragraph(lines: [line], line: index + 1))
                isOpen = true
            }
        }
        return result
    }

    private static func headed(_ paragraphs: [Paragraph]) -> [Paragraph] {
        let isCandidate = paragraphs.map { $0.heading != nil || ($0.lines.count == 1 && looksLikeHeading($0.lines[0])) }
        return paragraphs.enumerated().map { index, paragraph in
            var paragraph = paragraph
            if paragraph.heading == nil, isCandidate[index], index + 1 < paragraphs.count, !isCandidate[index + 1] {
                paragraph.heading = paragraph.lines[0].trimmingSpaces()
            }
            return paragraph
        }
    }

    private static func isUnderline(_ line: String) -> Bool {
        let text = line.trimmingSpaces()
        guard text.utf8.count >= 3, let mark = text.first, "=-~".contains(mark) else { return false }
        return text.allSatisfy { $0 == mark }
    }

    private static func looksLikeHeading(_ line: String) -> Bool {
        let text = line.trimmingSpaces()
        guard text.utf8.count <= 80, let first = text.first, let last = text.last else { return false }
        return (first.isUppercase || first.isNumber) && !".!?,;:".contains(last) && text.contains(where: \.isLetter)
    }
}
