import Foundation
import JSON
import TextFiles

/// Relevance judgements: for each query the passages that were judged, with their grades.
///
///     let qrels = try Qrels(path: "qrels.dl19-passage.txt")
///     qrels.grade(query: "19335", docno: "1017759")  // 0
///
/// A grade of 1 or more is relevant to some degree, 0 is not relevant. A negative grade means, as in trec_eval, that
/// the passage was in the pool but was not judged.
public struct Qrels: Sendable {
    /// Where the judgements came from, for messages and reports; `nil` where they were made in memory.
    public let path: String?
    /// What was odd about the file but did not stop its reading.
    public let warnings: [FileWarning]
    let rows: QueryRows<Int>
    /// Identifiers by query number and docno.
    private let table: DocnoTable
    /// What each query's measures need to know of its judgements, in the order of `queries`.
    let pools: [JudgementPool]

    /// The judged queries in the order of the file.
    public var queries: [String] { rows.queries }
    /// Number of judgements.
    public var count: Int { rows.count }
    /// Highest grade of all judgements, at least 1: what a graded gain of 1 stands for in rank-biased precision.
    public let highestGrade: Int

    /// Grades beyond this are taken for a mistake.
    static let largestGrade = 1000

    /// Judgements made in memory. Throws `TextFileError` where a passage is judged twice for one query with different
    /// grades or a grade is beyond 1000; the same judgement twice counts once, with a warning.
    public init(judgements: [(query: String, docno: String, grade: Int)]) throws {
        var builder = QueryRows<Int>.Builder()
        for (index, judgement) in judgements.enumerated() {
            guard judgement.grade.magnitude <= Self.largestGrade else {
                throw TextFileError(
                    path: "judgements", line: index + 1,
                    message: "grade \(judgement.grade) of passage \(judgement.docno) is beyond \(Self.largestGrade)")
            }
            builder.append(query: judgement.query, docno: judgement.docno, value: judgement.grade, line: index + 1)
        }
        try self.init(builder: &builder, path: nil, warnings: [])
    }

    init(builder: inout QueryRows<Int>.Builder, path: String?, warnings: [FileWarning]) throws {
        let isFile = path != nil
        let path = path ?? "judgements"
        var repeated: (first: FileWarning, count: Int)?
        let rows = try builder.finish { duplicate in
            let (first, second) = (duplicate.first, duplicate.second)
            let what = "passage \(duplicate.docno) is judged again for query \(duplicate.query)"
            guard first.value == second.value else {
                throw TextFileError(
                    path: path, line: second.line,
                    message: "\(what), with grade \(second.value) (first on line \(first.line), with grade "
                        + "\(first.value)); keep one of the rows")
            }
            let warning = FileWarning(
                path: path, line: second.line, message: "\(what) (first on line \(first.line)), with the same grade")
            repeated = (repeated?.first ?? warning, (repeated?.count ?? 0) + 1)
        }
        self.path = isFile ? path : nil
        self.warnings = warnings + (repeated.map { [Self.warning(ofRepeated: $0.first, count: $0.count)] } ?? [])
        self.rows = rows
        var table = DocnoTable(capacity: rows.count)
        for (query, range) in rows.ranges.enumerated() {
            for row in range {
                rows.docnos.withBytes(row) { bytes in
                    // Two queries may judge one passage: their rows differ by the seed, and by their range.
                    _ = table.insert(row, hash: DocnoStorage.hash(bytes, seed: UInt64(query))) { _ in false }
                }
            }
        }
        self.table = table
        highestGrade = max(1, rows.values.max() ?? 1)
        pools = rows.ranges.map { JudgementPool(grades: rows.values[$0]) }
    }

    private static func warning(ofRepeated first: FileWarning, count: Int) -> FileWarning {
        let more = count > 1 ? "; \(count) rows are such" : ""
        return FileWarning(path: first.path, line: first.line, message: first.message + more + ", and it counts once")
    }

    /// The grade of a passage for a query; `nil` where it was not judged.
    public func grade(query: String, docno: String) -> Int? {
        guard let number = rows.number(of: query) else { return nil }
        return Array(docno.utf8).withUnsafeBytes { grade(query: number, docno: $0) }
    }

    /// The judgements of a query, in the order of the file; empty where it has none.
    public func judgements(of query: String) -> [(docno: String, grade: Int)] {
        guard let number = rows.number(of: query) else { return [] }
        return rows.ranges[number].map { (rows.docnos.string($0), rows.values[$0]) }
    }

    /// The judgements of some of the queries, for instance one side of a cross-validation split.
    public func restricted(to queries: some Sequence<String>) throws -> Qrels {
        var builder = QueryRows<Int>.Builder()
        let wanted = Set(queries.map { CodePoints($0) })
        for query in self.queries where wanted.contains(CodePoints(query)) {
            for (docno, grade) in judgements(of: query) {
                builder.append(query: query, docno: docno, value: grade, line: builder.count + 1)
            }
        }
        return try Qrels(builder: &builder, path: path, warnings: warnings)
    }

    func grade(query: Int, docno: UnsafeRawBufferPointer) -> Int? {
        let range = rows.ranges[query]
        let row = table.find(hash: DocnoStorage.hash(docno, seed: UInt64(query))) { row in
            range.contains(row) && rows.docnos.withBytes(row) { $0.equals(docno) }
        }
        return row.map { rows.values[$0] }
    }
}

extension QueryRows.Builder {
    mutating func append(query: String, docno: String, value: Value, line: Int) {
        var query = query
        var docno = docno
        query.withUTF8 { queryBytes in
            docno.withUTF8 { docnoBytes in
                append(
                    query: UnsafeRawBufferPointer(queryBytes), docno: UnsafeRawBufferPointer(docnoBytes), value: value,
                    line: line)
            }
        }
    }
}
