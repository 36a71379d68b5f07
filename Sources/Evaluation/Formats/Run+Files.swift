import Foundation
import TextFiles

extension Run {
    /// The shapes of run files, told by their content.
    public enum Format: String, Sendable, CaseIterable {
        /// `query Q0 docno rank score tag`, separated by spaces or tabs; the score decides the order.
        case trec
        /// MS MARCO's `query<TAB>docno<TAB>rank`; the rank decides the order, and stands as its negative for the score.
        case msmarco
    }

    /// Reads a run file, plain or gzip-compressed, `-` for standard input; the format is told by the content.
    ///
    /// Throws `TextFileError` that names file and line for rows with missing or surplus columns, scores that are NaN
    /// or no numbers, passages that occur twice for a query, and files of another kind.
    public init(path: String, name: String? = nil) throws {
        var reader = try ColumnReader(path: path)
        var builder = QueryRows<Double>.Builder()
        var format: Format?
        var tag: String?
        try reader.forEachRow { row in
            if format == nil {
                format = try Self.format(of: row)
                if format == .trec { tag = row.text(5) }
            }
            try Self.append(row, format: format ?? .trec, to: &builder)
        }
        guard builder.count > 0 else {
            throw TextFileError(path: path, message: "holds no results; expected \"query Q0 docno rank score tag\"")
        }
        let fileName = path == "-" ? "standard input" : URL(fileURLWithPath: path).lastPathComponent
        let run = try Run(builder: &builder, name: name ?? tag ?? fileName, path: path, warnings: reader.warnings)
        guard format == .msmarco else {
            self = run
            return
        }
        var rows = run.rows
        rows.sortWithinQueries(by: >)
        self.init(rows: rows, name: run.name, path: path, warnings: run.warnings)
    }

    private static func format(of row: borrowing ColumnReader.Row) throws -> Format {
        switch row.count {
        case 6: return .trec
        case 3 where row.text(0) == "query-id":
            throw row.error("these are BEIR qrels, not a run; give the file as the qrels")
        case 3: return .msmarco
        case 4: throw row.error("4 columns: these are qrels, not a run; give the file as the qrels")
        default:
            throw row.error(
                "unknown format: \(row.count) \(row.count == 1 ? "column" : "columns"); a TREC run has 6 "
                    + "(query Q0 docno rank score tag), an MS MARCO run 3 (query docno rank)")
        }
    }

    private static func append(
        _ row: borrowing ColumnReader.Row, format: Format, to builder: inout QueryRows<Double>.Builder
    ) throws {
        switch format {
        case .trec:
            try row.requireColumns(6, "query Q0 docno rank score tag")
            guard let score = DecimalNumber.double(row[4]) else {
                throw row.error("score \"\(row.text(4))\" is not a number")
            }
            guard !score.isNaN else { throw row.error("score is NaN; a passage without a score has no rank") }
            builder.append(query: row[0], docno: row[2], value: score, line: row.line)
        case .msmarco:
            try row.requireColumns(3, "query docno rank")
            guard let rank = DecimalNumber.int(row[2]), rank >= 1 else {
                throw row.error("rank \"\(row.text(2))\" is not a whole number from 1 up")
            }
            builder.append(query: row[0], docno: row[1], value: -Double(rank), line: row.line)
        }
        guard !builder.hasInvalidQuery else { throw row.error("the query's id is not valid UTF-8; convert the file") }
    }

    /// Writes the run to a file, hits best first with ranks from 1.
    ///
    /// Spaces in the name become underscores in the tag column. Throws `TextFileError` where an identifier contains
    /// white space, which would break the columns, and the system's error where the file cannot be written.
    public func write(to path: String, format: Format = .trec) throws {
        var output = Data()
        let words = name.split(whereSeparator: \.isWhitespace)
        let tag = words.isEmpty ? "run" : words.joined(separator: "_")
        for (number, query) in rows.queries.enumerated() {
            try ColumnWriter.require(query, "query", path: path)
            for (index, row) in order(ofQuery: number, ties: .trecEval).enumerated() {
                let docno = rows.docnos.string(row)
                try ColumnWriter.require(docno, "passage", path: path)
                let line =
                    switch format {
                    case .trec: "\(query) Q0 \(docno) \(index + 1) \(rows.values[row]) \(tag)\n"
                    case .msmarco: "\(query)\t\(docno)\t\(index + 1)\n"
                    }
                output.append(contentsOf: line.utf8)
            }
        }
        try output.write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}
