/// The sections of a Markdown file: what stands under each heading, ATX (`## Install`) or setext (underlined), as
/// CommonMark 0.31 reads them.
///
/// Headings are not looked for in fenced code and HTML comments. YAML front matter is left out, but for its `title`.
/// Texts stay as they are written, marks included.
package struct MarkdownSections {
    private var outline = Outline()
    private var fence: MarkdownFence?
    private var isInComment = false
    /// Lines of the paragraph that is being read, which a setext underline would turn into a heading.
    private var paragraph: [String] = []
    private var paragraphLine = 1
    private var paragraphBytes = 0
    /// Whether lines belong to a list, a quotation or indented code, and make no paragraph by themselves.
    private var isInBlock = false

    /// Splits the lines of a file, given without their endings.
    package static func sections(of lines: [String]) -> [Section] {
        var reader = MarkdownSections()
        let matter = FrontMatter(lines: lines)
        for (index, line) in lines.enumerated().dropFirst(matter.lineCount) {
            reader.read(line, number: index + 1)
        }
        reader.endParagraph()
        return reader.outline.finish(title: matter.title)
    }

    private mutating func read(_ line: String, number: Int) {
        if let fence {
            outline.text(line, line: number)
            if fence.isClosed(by: line) { self.fence = nil }
            return
        }
        if isInComment {
            outline.text(line, line: number)
            isInComment = !line.contains("-->")
            return
        }
        let content = line.drop { $0 == " " }
        let indent = line.count - content.count
        if let opened = MarkdownFence(line: content) {
            endParagraph()
            // Code may be indented as far as the list it stands in, so its fence is one at any depth.
            fence = opened
            outline.text(line, line: number)
        } else if indent < 4, content.hasPrefix("<!--") {
            endParagraph()
            isInComment = !content.dropFirst(4).contains("-->")
            outline.text(line, line: number)
        } else if indent < 4, let (level, text) = MarkdownHeading.atx(content) {
            endParagraph()
            heading(text, level: level, line: number)
        } else if indent < 4, !paragraph.isEmpty, paragraphBytes <= Section.maximumHeadingBytes,
            let level = MarkdownHeading.underline(content)
        {
            let text = paragraph.map { $0.trimmingSpaces() }.joined(separator: " ")
            paragraph = []
            heading(text, level: level, line: paragraphLine)
        } else {
            readText(line, content: content, indent: indent, number: number)
        }
    }

    private mutating func readText(_ line: String, content: Substring, indent: Int, number: Int) {
        let continues = !paragraph.isEmpty
        if content.allSatisfy(\.isWhitespace) || MarkdownHeading.startsAnotherBlock(content)
            || (!continues && (indent >= 4 || line.hasPrefix("\t")))
        {
            endParagraph()
            outline.text(line, line: number)
            isInBlock = !content.allSatisfy(\.isWhitespace)
        } else if isInBlock {
            outline.text(line, line: number)
        } else {
            if !continues {
                paragraphLine = number
                paragraphBytes = 0
            }
            paragraphBytes += line.utf8.count
            paragraph.append(line)
        }
    }

    private mutating func heading(_ source: String, level: Int, line: Int) {
        isInBlock = false
        let (text, anchor) = MarkdownHeading.plain(source)
        outline.heading(text, level: level, slug: anchor ?? Slug.of(text), line: line)
    }

    private mutating func endParagraph() {
        for (index, line) in paragraph.enumerated() { outline.text(line, line: paragraphLine + index) }
        paragraph = []
        isInBlock = false
    }
}
