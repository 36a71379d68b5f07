/// Turns headings and texts, as they come in a document, into sections.
///
/// A heading with nothing under it but deeper headings makes no section: the titles of those begin with it.
struct Outline {
    private var path: [(level: Int, text: String)] = []
    private var sections: [Section] = []
    private var current: Section?
    private var currentLevel = 0
    private var body: [String] = []

    /// Begins a section; `level` is 1 for the outermost headings. An empty heading ends a section and starts one
    /// under the headings above it.
    mutating func heading(_ text: String, level: Int, slug: String, line: Int) {
        close(before: level)
        path.removeAll { $0.level >= level }
        guard !text.isEmpty else { return }
        path.append((level, text))
        current = Section(headings: path.map(\.text), slug: slug, line: line, body: "")
        currentLevel = level
    }

    /// Adds a line, or a paragraph, of text that begins in `line`.
    mutating func text(_ text: String, line: Int) {
        if current == nil {
            guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else { return }
            current = Section(headings: path.map(\.text), line: line, body: "")
            currentLevel = .max
        }
        body.append(text)
    }

    /// The sections so far; `title` is that of the document, for text under no heading.
    mutating func finish(title: String? = nil) -> [Section] {
        close(before: 0)
        guard let title, !title.isEmpty else { return sections }
        return sections.map { section in
            var section = section
            if section.headings.isEmpty { section.headings = [title] }
            return section
        }
    }

    private mutating func close(before nextLevel: Int) {
        defer {
            current = nil
            body = []
        }
        guard var section = current else { return }
        section.body = body.joined(separator: "\n").trimmingBlankLines()
        if !section.body.isEmpty || nextLevel <= currentLevel { sections.append(section) }
    }
}

extension String {
    /// The text without white space at its end and blank lines at its start; the first line keeps its indentation.
    func trimmingBlankLines() -> String {
        var scalars = unicodeScalars[...]
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        while let newline = scalars.firstIndex(of: "\n"), scalars[..<newline].allSatisfy(\.properties.isWhitespace) {
            scalars = scalars[scalars.index(after: newline)...]
        }
        return String(scalars)
    }
}
