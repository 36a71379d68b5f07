import Foundation
import JSON
import TextFiles

/// Queries with their texts, in the order of the file.
///
/// Reads `id<TAB>text` lines (MS MARCO) and BEIR's `queries.jsonl` (`_id`, `text`), plain or gzip-compressed; the
/// format is told by the content.
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

    /// Throws `TextFileError` that names file and line for lines without identifier or text and for identifiers that
    /// occur twice.
    public init(path: String) throws {
        let lines = try LineReader(path: path, maximumLineBytes: 1 << 20)
        var queries: [Query] = []
        var texts: [CodePoints: String] = [:]
        while let line = try lines.next() {
            let text = try line.text()
            guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else { continue }
            let query = text.begins(with: "{") ? try Self.json(text, of: line) : try Self.columns(text, of: line)
            guard texts.updateValue(query.text, forKey: CodePoints(query.id)) == nil else {
                throw TextFileError(path: path, line: line.number, message: "query \(query.id) occurs again")
            }
            queries.append(query)
        }
        guard !queries.isEmpty else {
            throw TextFileError(path: path, message: "holds no queries; expected lines \"id<TAB>text\"")
        }
        self.queries = queries
        self.texts = texts
    }

    private static func columns(_ text: String, of line: LineReader.Line) throws -> Query {
        let parts = text.parts(between: "\t", maxSplits: 1)
        guard parts.count == 2 else {
            throw TextFileError(path: line.path, line: line.number, message: "no tab between a query's id and its text")
        }
        return Query(id: parts[0].trimmingCharacters(in: .whitespaces), text: String(parts[1]))
    }

    private static func json(_ text: String, of line: LineReader.Line) throws -> Query {
        struct Record: Decodable {
            let _id: String
            let text: String
        }
        guard let record = try? JSONDecoder().decode(Record.self, from: Data(text.utf8)) else {
            throw TextFileError(
                path: line.path, line: line.number, message: "not a JSON object with the strings \"_id\" and \"text\"")
        }
        return Query(id: record._id, text: record.text)
    }
}
