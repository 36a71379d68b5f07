import Foundation
import TextFiles

extension Qrels {
    /// The shapes of qrels files that are read, told by their content.
    public enum Format: String, Sendable, CaseIterable {
        /// `query iteration docno grade`, separated by spaces or tabs. MS MARCO's qrels have this shape too.
        case trec
        /// BEIR's `qrels/*.tsv`: a header `query-id corpus-id score`, then `query docno grade`.
        case beir
    }

    /// Reads a qrels file, plain or gzip-compressed, `-` for standard input; the format is told by the content.
    ///
    /// Throws `TextFileError` that names file and line for rows with missing or surplus columns, grades that are no
    /// whole numbers, passages judged twice with different grades, and files of another kind. The same judgement twice
    /// is a warning.
    public init(path: String) throws {
        var reader = try ColumnReader(path: path)
        var builder = QueryRows<Int>.Builder()
        var format: Format?
        try reader.forEachRow { row in
            if let format {
                try Self.append(row, format: format, to: &builder)
            } else {
                let found = try Self.format(of: row)
                format = found
                if found == .trec { try Self.append(row, format: found, to: &builder) }
            }
        }
        guard builder.count > 0 else {
            throw TextFileError(path: path, message: "holds no judgements; expected lines \"query 0 docno grade\"")
        }
        try self.init(builder: &builder, path: path, warnings: reader.warnings)
    }

    private static func format(of row: borrowing ColumnReader.Row) throws -> Format {
        switch row.count {
        case 3 where row.text(0) == "query-id": return .beir
        case 4: return .trec
        case 3:
            throw row.error(
                "3 columns but no header; TREC qrels have 4 (query 0 docno grade), "
                    + "BEIR qrels begin with the header \"query-id corpus-id score\"")
        case 6: throw row.error("6 columns: this is a run, not qrels; give it as the run")
        default:
            throw row.error(
                "unknown format: \(row.count) \(row.count == 1 ? "column" : "columns"); "
                    + "TREC qrels have 4 (query 0 docno grade)")
        }
    }

    private static func append(
        _ row: borrowing ColumnReader.Row, format: Format, to builder: inout QueryRows<Int>.Builder
    ) throws {
        switch format {
        case .trec: try row.requireColumns(4, "query 0 docno grade")
        case .beir: try row.requireColumns(3, "query-id corpus-id score")
        }
        let docno = format == .trec ? 2 : 1
        guard let grade = DecimalNumber.int(row[docno + 1]), grade.magnitude <= Self.largestGrade else {
            throw row.error("grade \"\(row.text(docno + 1))\" is not a whole number up to \(Self.largestGrade)")
        }
        builder.append(query: row[0], docno: row[docno], value: grade, line: row.line)
        guard !builder.hasInvalidQuery else { throw row.error("the query's id is not valid UTF-8; convert the file") }
    }

    /// Writes the judgements to a file. Throws `TextFileError` where an identifier contains white space, which would
    /// break the columns, and the system's error where the file cannot be written.
    public func write(to path: String, format: Format = .trec) throws {
        var text = format == .beir ? "query-id\tcorpus-id\tscore\n" : ""
        for (query, range) in zip(rows.queries, rows.ranges) {
            try ColumnWriter.require(query, "query", path: path)
            for row in range {
                let docno = rows.docnos.string(row)
                try ColumnWriter.require(docno, "passage", path: path)
                switch format {
                case .trec: text += "\(query) 0 \(docno) \(rows.values[row])\n"
                case .beir: text += "\(query)\t\(docno)\t\(rows.values[row])\n"
                }
            }
        }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}
