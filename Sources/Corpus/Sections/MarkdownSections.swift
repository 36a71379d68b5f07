/// The sections of a Markdown file: what stands under each heading, ATX (`## Install`) or setext (underlined), as
/// CommonMark 0.31 reads them.
///
/// Headings are not looked for in code, in HTML and its comments, nor in list items and quotations (`MarkdownBlocks`).
/// YAML front matter is left out, but for its `title`. Texts stay as they are written, marks included.
package struct MarkdownSections {
    /// Splits the lines of a file, given without their endings.
    package static func sections(of lines: [String]) -> [Section] {
        var outline = Outline()
        var blocks = MarkdownBlocks()
        let matter = FrontMatter(lines: lines)
        for (index, line) in lines.enumerated().dropFirst(matter.lineCount) {
            blocks.read(line, number: index + 1)
            for part in blocks.take() { add(part, to: &outline) }
        }
        for part in blocks.finish() { add(part, to: &outline) }
        return outline.finish(title: matter.title)
    }

    private static func add(_ part: MarkdownBlocks.Part, to outline: inout Outline) {
        switch part {
        case .text(let text, let line): outline.text(text, line: line)
        case .heading(let source, let level, let line):
            let (text, anchor) = MarkdownHeading.plain(source)
            outline.heading(text, level: level, slug: anchor ?? Slug.of(text), line: line)
        }
    }
}
