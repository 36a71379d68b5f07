import Foundation
import JSON
import TextFiles

/// Queries with their texts, in the order of the file.
///
/// Reads `id<TAB>text` lines (MS MARCO), a line that names these columns before them or not, and a JSON object a line
/// with `_id` (or `id`) and `text` (BEIR), plain or gzip-compressed; the format is told by the content.
public struct Queries: Sendable {
    /// One query.
    public struct Query: Sendable, Equatable {
        public let id: String
        public let text: String

        public init(id: String, text: String) {
            self.id = id
            self.text = text
        }
    }

    public let queries: [Query]
    /// Texts by identifier.
    public let texts: [CodePoints: String]
    /// What was odd about the file but did not stop its reading.
    public let warnings: [FileWarning]

    private static let headers: [(ids: Set<String>, texts: Set<String>)] = [
        (["id", "_id", "qid", "query_id", "query-id"], ["text", "query"])
    ]

    /// Throws `TextFileError` that names file and line for lines without identifier or text and for identifiers that
    /// occur again with another text; the same query twice is a warning.
    public init(path: String) throws {
        let lines = try LineReader(path: path, maximumLineBytes: 1 << 20)
        var queries: [Query] = []
        var texts: [CodePoints: String] = [:]
        var firstLines: [CodePoints: Int] = [:]
        var warnings: [FileWarning] = []
        while let line = try lines.next() {
            let text = try line.text()
            guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else { continue }
            let isJSON = text.utf8.first { $0 != 0x20 && $0 != 0x09 } == UInt8(ascii: "{")
            let query = isJSON ? try Self.json(line) : try Self.columns(text, of: line)
            if line.number == 1, !isJSON, Self.isHeader(query) { continue }
            let id = CodePoints(query.id)
            if let known = texts[id], let first = firstLines[id] {
                let message = "query \(query.id) occurs again (first on line \(first)), with "
                guard CodePoints(known) == CodePoints(query.text) else {
                    throw TextFileError(
                        path: path, line: line.number, message: message + "another text; keep one of the lines")
                }
                // One is enough to know of the mistake.
                if warnings.isEmpty {
                    warnings.append(FileWarning(path: path, line: line.number, message: message + "the same text"))
                }
                continue
            }
            (texts[id], firstLines[id]) = (query.text, line.number)
            queries.append(query)
        }
        guard !queries.isEmpty else {
            throw TextFileError(path: path, message: "holds no queries; expected lines \"id<TAB>text\"")
        }
        self.queries = queries
        self.texts = texts
        self.warnings = warnings
    }

    private static func isHeader(_ query: Query) -> Bool {
        headers.contains { $0.ids.contains(query.id.lowercased()) && $0.texts.contains(query.text.lowercased()) }
    }

    private static func columns(_ text: String, of line: LineReader.Line) throws -> Query {
        guard let tab = text.utf8.firstIndex(of: 0x09) else {
            throw TextFileError(path: line.path, line: line.number, message: "no tab between a query's id and its text")
        }
        let id = text[..<tab].trimmingCharacters(in: .whitespaces)
        let rest = String(text[text.utf8.index(after: tab)...])
        guard !rest.isEmpty else {
            throw TextFileError(path: line.path, line: line.number, message: "query \(id) has no text after its tab")
        }
        return try checked(id: id, text: rest, of: line)
    }

    private static func json(_ line: LineReader.Line) throws -> Query {
        func failure(_ message: String) -> TextFileError {
            TextFileError(path: line.path, line: line.number, message: message)
        }
        let record: JSONValue
        do {
            record = try JSONValue(parsing: line.bytes)
        } catch {
            throw failure("not JSON (\(error)); each line should be an object with \"_id\" and \"text\"")
        }
        let id: String
        switch record["_id"] ?? record["id"] {
        case .string(let text): id = text
        case .integer(let number): id = String(number)
        case .number: throw failure("\"_id\" is no whole number of 64 bits; write it as a string")
        case .some(let other): throw failure("\"_id\" is \(other.kind), should be a string")
        case nil: throw failure("has no \"_id\" (or \"id\")")
        }
        switch record["text"] {
        case .string(let text): return try checked(id: id, text: text, of: line)
        case .some(let other): throw failure("\"text\" is \(other.kind), should be a string")
        case nil: throw failure("has no \"text\"; each line should be an object with \"_id\" and \"text\"")
        }
    }

    private static func checked(id: String, text: String, of line: LineReader.Line) throws -> Query {
        guard !id.isEmpty else {
            throw TextFileError(path: line.path, line: line.number, message: "a query's id is empty; give it one")
        }
        return Query(id: id, text: text)
    }
}
