import JSON

/// The first line of a TSV file where it names the columns, such as DPR's `id`, `text`, `title`.
///
/// It is one where the first column is called `id` or much the same, another one `text`, `contents` or `passage`, and
/// all have names: no passage reads so. A title goes in front of the text and into the metadata, as in JSONL; other
/// columns become metadata under their names. Fields in double quotes, with a quote inside them written twice, are what
/// programs write that make such files, and are read as they are meant.
struct TabSeparatedHeader {
    private let names: [String]
    private let id = 0
    private let text: Int

    private static let ids: Set<String> = [
        "id", "_id", "pid", "docid", "doc_id", "docno", "passage_id", "corpus-id", "corpus_id",
    ]
    private static let texts: Set<String> = ["text", "contents", "passage"]
    private static let mostColumns = 64

    /// `nil` where a line, given without its ending, is no header.
    init?(line: ArraySlice<UInt8>) {
        guard line.count <= 4096, let line = String(validating: line, as: UTF8.self) else { return nil }
        let names = line.utf8.split(separator: 0x09, omittingEmptySubsequences: false).map {
            Self.name(String($0) ?? "")
        }
        guard 2...Self.mostColumns ~= names.count, Self.ids.contains(names[0].lowercased()),
            names.allSatisfy(Self.isName), Set(names).count == names.count,
            let text = names.firstIndex(where: { Self.texts.contains($0.lowercased()) }), text > 0
        else { return nil }
        self.names = names
        self.text = text
    }

    private static func name(_ field: String) -> String {
        field.utf8.count > 2 && field.hasPrefix("\"") && field.hasSuffix("\"")
            ? String(field.dropFirst().dropLast()) : field
    }

    private static func isName(_ text: String) -> Bool {
        1...64 ~= text.utf8.count
            && text.utf8.allSatisfy {
                0x61...0x7A ~= $0 | 0x20 || 0x30...0x39 ~= $0 || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
            }
    }

    /// The passage of a line, given without its ending. Throws `PassageError`; limits are not checked.
    func passage(of line: ArraySlice<UInt8>) throws(PassageError) -> Passage {
        let fields = Self.fields(of: line)
        guard fields.count == names.count else {
            throw PassageError(
                message: "has \(fields.count) \(fields.count == 1 ? "column" : "columns") where the first line names "
                    + "\(names.count) (\(names.joined(separator: ", ")))")
        }
        var values: [String] = []
        for field in fields {
            guard let value = String(validating: field, as: UTF8.self) else {
                throw PassageError(message: "not valid UTF-8; convert the file to UTF-8")
            }
            values.append(value)
        }
        var passage = Passage(id: values[id], text: values[text])
        for (column, name) in names.enumerated() where column != id && column != text && !values[column].isEmpty {
            if name.lowercased() == "title" {
                passage.metadata["title"] = .string(values[column])
                passage.text = passage.text.isEmpty ? values[column] : "\(values[column]) \(passage.text)"
            } else {
                passage.metadata[.init(name)] = .string(values[column])
            }
        }
        return passage
    }

    /// The fields of a line; tabs in a quoted one are its own.
    private static func fields(of line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var fields: [ArraySlice<UInt8>] = []
        var rest = line
        while fields.count <= mostColumns {
            if let (field, end) = quoted(rest) {
                fields.append(field)
                guard end < rest.endIndex else { return fields }
                rest = rest[(end + 1)...]
            } else {
                guard let tab = rest.firstIndex(of: 0x09) else { return fields + [rest] }
                fields.append(rest[..<tab])
                rest = rest[(tab + 1)...]
            }
        }
        return fields
    }

    /// The content of a field in quotes at the start of `rest`, and where the field ends: at a tab or the line's end.
    /// `nil` for one that is not in quotes as a whole.
    private static func quoted(_ rest: ArraySlice<UInt8>) -> (field: ArraySlice<UInt8>, end: Int)? {
        let quote = UInt8(ascii: "\"")
        guard rest.first == quote else { return nil }
        var content: [UInt8] = []
        var position = rest.startIndex + 1
        while let next = rest[position...].firstIndex(of: quote) {
            content += rest[position..<next]
            position = next + 1
            guard position < rest.endIndex, rest[position] != 0x09 else { return (content[...], position) }
            guard rest[position] == quote else { return nil }
            content.append(quote)
            position += 1
        }
        return nil
    }
}
