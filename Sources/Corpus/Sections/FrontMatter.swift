import JSON

/// The YAML between two lines of `---` at the top of a Markdown file, of which only the title is read.
struct FrontMatter {
    /// Lines that it takes, its two borders included; 0 where there is none.
    let lineCount: Int
    let title: String?

    init(lines: [String]) {
        guard lines.first?.trimmingSpaces() == "---",
            let end = lines.dropFirst().prefix(200).firstIndex(where: { ["---", "..."].contains($0.trimmingSpaces()) })
        else {
            lineCount = 0
            title = nil
            return
        }
        lineCount = end + 1
        let line = lines[1..<end].first { $0.begins(with: "title:") }
        title = line.map { line in
            let value = Substring(line.unicodeScalars.dropFirst("title:".count)).trimmingSpaces()
            let scalars = value.unicodeScalars
            guard let quote = scalars.first, quote == "\"" || quote == "'", scalars.count > 1, scalars.last == quote
            else { return value }
            return String(scalars.dropFirst().dropLast())
        }
    }
}
