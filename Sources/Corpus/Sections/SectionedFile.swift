import JSON

/// Makes passages of the sections of a text, Markdown or HTML file.
///
/// The text of a passage is its title, an empty line, and the section's body. Its id is `path#slug` where it has a
/// heading of its own and `path:line` otherwise; a slug that comes again in the file gets `-1`, `-2` and so on.
///
/// Passages are made one at a time, as their titles may be many times as large as the file.
final class SectionedFile {
    private let name: String
    private let idPrefix: String
    private let sections: [Section]
    private var index = 0
    /// How often each id was wanted, for those that were given out.
    private var counts: [CodePoints: Int] = [:]

    /// Longest part of an id that is the path, in bytes; longer ones are cut and told apart by a hash.
    private static let maximumPathBytes = 360
    private static let maximumSlugBytes = 120

    /// Takes the lines of a file, without their endings; `name` is its path as ids and metadata have it.
    init(lines: [String], name: String, format: CorpusFormat, plainTextBytes: Int) {
        self.name = name
        let encoded = Self.encoded(name)
        idPrefix =
            encoded.utf8.count <= Self.maximumPathBytes
            ? encoded : Self.prefix(of: encoded, bytes: Self.maximumPathBytes - 17) + "~" + XXHash64.hex(of: encoded)
        sections =
            switch format {
            case .markdown: MarkdownSections.sections(of: lines)
            case .html: HTMLSections.sections(of: lines.joined(separator: "\n"))
            case .text, .tsv, .jsonl: PlainTextSections.sections(of: lines, maximumBytes: plainTextBytes)
            }
    }

    /// The next passage and the line that it begins in; `nil` at the end.
    func next() -> (passage: Passage, line: Int)? {
        guard index < sections.count else { return nil }
        let section = sections[index]
        index += 1
        var metadata: [CodePoints: JSONValue] = ["path": .string(name), "line": .integer(Int64(section.line))]
        if let title = section.title { metadata["title"] = .string(title) }
        let parts = [section.title ?? "", section.body].filter { !$0.isEmpty }
        let passage = Passage(id: id(of: section), text: parts.joined(separator: "\n\n"), metadata: metadata)
        return (passage, section.line)
    }

    /// Passes over passages; their ids are taken all the same.
    func skip(_ count: Int) {
        for section in sections.prefix(count) { _ = id(of: section) }
        index = min(count, sections.count)
    }

    private func id(of section: Section) -> String {
        let slug = section.slug.map { Self.prefix(of: Self.encoded($0), bytes: Self.maximumSlugBytes) } ?? ""
        let base = slug.isEmpty ? "\(idPrefix):\(section.line)" : "\(idPrefix)#\(slug)"
        guard var count = counts[CodePoints(base)] else {
            counts[CodePoints(base)] = 1
            return base
        }
        // A heading may itself be called what a second one of another name would be.
        while counts[CodePoints("\(base)-\(count)")] != nil { count += 1 }
        counts[CodePoints(base)] = count + 1
        counts[CodePoints("\(base)-\(count)")] = 1
        return "\(base)-\(count)"
    }

    /// Percent-encodes what would end an id in a run file (white space), confuse its parts (`#`, `%`) or is no text.
    private static func encoded(_ path: String) -> String {
        var result = ""
        for scalar in path.unicodeScalars {
            let isPlain =
                !scalar.properties.isWhitespace && scalar != "#" && scalar != "%" && scalar.value >= 0x20
                && !(0x7F...0x9F ~= scalar.value)
            if isPlain {
                result.unicodeScalars.append(scalar)
            } else {
                for byte in String(Character(scalar)).utf8 {
                    result += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
                }
            }
        }
        return result
    }

    private static func prefix(of text: String, bytes: Int) -> String {
        guard text.utf8.count > bytes else { return text }
        var end = text.startIndex
        var count = 0
        for index in text.indices {
            count += text[index].utf8.count
            guard count <= bytes else { break }
            end = text.index(after: index)
        }
        return String(text[..<end])
    }
}
