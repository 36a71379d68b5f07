import JSON

/// How the passages of a file are written down.
public enum CorpusFormat: String, Sendable, CaseIterable, Codable {
    /// `id<TAB>text`, a line each, as MS MARCO has them.
    case tsv
    /// A JSON object a line, as BEIR, Anserini and Passerine's export have them; see `Passage.init(json:)`.
    case jsonl
    /// Paragraphs of plain text.
    case text
    /// Sections of a Markdown file.
    case markdown
    /// Sections of an HTML page.
    case html

    /// Whether a file is read line by line, each line a passage, and may be of any size.
    var isLineByLine: Bool { self == .tsv || self == .jsonl }

    /// Endings of the names by which files in folders are known.
    private var extensions: [String] {
        switch self {
        case .tsv: ["tsv", "tsv.gz", "txt", "txt.gz"]
        case .jsonl: ["jsonl", "jsonl.gz", "ndjson", "ndjson.gz", "json", "json.gz"]
        case .text: ["txt", "text"]
        case .markdown: ["md", "markdown"]
        case .html: ["html", "htm", "xhtml"]
        }
    }

    /// Whether a file in a folder is to be read, by its name. Without a format, texts, Markdown and HTML are.
    static func isWanted(fileNamed name: String, format: CorpusFormat?) -> Bool {
        let formats = format.map { [$0] } ?? [.text, .markdown, .html]
        return formats.contains { $0.fits(fileNamed: name) }
    }

    private func fits(fileNamed name: String) -> Bool {
        let name = name.lowercased()
        return extensions.contains { name.ends(with: "." + $0) }
    }

    /// The format of a file that was found in a folder, by its name alone: a `.txt` with tabs or braces in it is text
    /// there like any other, and has its path in its passages' ids.
    static func ofFolderFile(named name: String) -> CorpusFormat? {
        [.markdown, .html, .text].first { $0.fits(fileNamed: name) }
    }

    /// Lines that are looked at to tell a format.
    static let sampleLines = 32

    /// Tells the format of a file that was named itself from its name and first lines; `nil` where it is none of these.
    ///
    /// Markdown and HTML are known by their names, as nothing else tells them from plain text. Otherwise most lines that
    /// are not blank must begin with `{` for JSONL, or have a tab with no white space before it for TSV.
    static func detected(name: String, lines: [ArraySlice<UInt8>]) -> CorpusFormat? {
        if markdown.fits(fileNamed: name) { return .markdown }
        if html.fits(fileNamed: name) { return .html }
        var objects = 0
        var rows = 0
        var others = 0
        for line in lines {
            let content = line.drop { $0 == 0x20 || $0 == 0x09 }
            guard let first = content.first else { continue }
            let tab = line.firstIndex(of: 0x09)
            if first == UInt8(ascii: "{") {
                objects += 1
            } else if let tab, tab > line.startIndex, !line[..<tab].contains(0x20) {
                rows += 1
            } else {
                others += 1
            }
        }
        let isText = text.fits(fileNamed: name)
        if objects > 0, objects >= rows, objects >= others || !isText { return .jsonl }
        if rows > 0, rows >= others || !isText { return .tsv }
        if isText { return .text }
        return tsv.fits(fileNamed: name) ? .tsv : jsonl.fits(fileNamed: name) ? .jsonl : nil
    }
}
