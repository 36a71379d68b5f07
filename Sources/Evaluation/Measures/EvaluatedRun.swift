import Dispatch
import JSON
import Synchronization

/// A run measured against judgements: a value for each judged query and measure, and the means.
///
///     let evaluated = EvaluatedRun(run, against: qrels, measures: try Measure.list("nDCG@10 RR@10"))
///     evaluated.mean(of: measure)
///
/// This is the type to read first. `Formats` reads and writes runs, qrels and queries; `Measures` computes one value from
/// one judged ranking; `Statistics` says how sure a mean or a difference is; `Comparison` puts several systems side by
/// side, and `Report` and `Plots` show the result as JSON, Markdown, LaTeX and HTML. Nothing here knows of search.
///
/// All judged queries count: one that the run lacks scores 0, as in ir_measures and in MS MARCO's official script.
/// Queries of the run without judgements are left out and named in `warnings`.
public struct EvaluatedRun: Sendable {
    public let run: String
    public let measures: [Measure]
    /// The judged queries, in the order of the qrels.
    public let queries: [String]
    /// Values by measure, then by query, in the orders of `measures` and `queries`.
    public let values: [[Double]]
    /// Means over the queries, in the order of `measures`.
    public let means: [Double]
    /// Queries without a counterpart, and what was odd about the files.
    public let warnings: [FileWarning]

    public init(_ run: Run, against qrels: Qrels, measures: [Measure]) {
        self.run = run.name
        self.measures = measures
        queries = qrels.queries
        values = Self.values(of: run, against: qrels, measures: measures)
        means = values.map { $0.isEmpty ? 0 : $0.reduce(0, +) / Double($0.count) }
        warnings = qrels.warnings + run.warnings + Self.strayQueries(run, qrels)
    }

    /// The mean of a measure; `nil` where it was not asked for.
    public func mean(of measure: Measure) -> Double? {
        measures.firstIndex(of: measure).map { means[$0] }
    }

    /// The value of each query for a measure, in the order of `queries`; `nil` where it was not asked for.
    public func values(of measure: Measure) -> [Double]? {
        measures.firstIndex(of: measure).map { values[$0] }
    }

    /// Values by measure and query. Queries are dealt out in stretches to all cores.
    private static func values(of run: Run, against qrels: Qrels, measures: [Measure]) -> [[Double]] {
        let stretch = 64
        let queries = qrels.queries.count
        let values = Mutex(measures.map { _ in [Double](repeating: 0, count: queries) })
        DispatchQueue.concurrentPerform(iterations: (queries + stretch - 1) / stretch) { iteration in
            let range = iteration * stretch..<min(queries, (iteration + 1) * stretch)
            let scores = range.map { Self.scores(ofQuery: $0, run, qrels, measures) }
            values.withLock { values in
                for (query, scores) in zip(range, scores) {
                    for (measure, score) in scores.enumerated() { values[measure][query] = score }
                }
            }
        }
        return values.withLock { $0 }
    }

    /// The value of each measure for one query; none where the run lacks the query.
    private static func scores(ofQuery number: Int, _ run: Run, _ qrels: Qrels, _ measures: [Measure]) -> [Double] {
        guard let runNumber = run.rows.number(of: qrels.queries[number]) else { return [] }
        // Most files are sorted, and then one ranking serves all measures.
        let isSorted = run.isStrictlySorted(query: runNumber)
        var rankings: [TieOrder: JudgedRanking] = [:]
        return measures.map { measure in
            let ties = isSorted ? .given : measure.tieOrder
            if let ranking = rankings[ties] { return measure.score(ranking) }
            let grades = run.order(ofQuery: runNumber, ties: ties).map { row in
                run.rows.docnos.withBytes(row) { qrels.grade(query: number, docno: $0) } ?? JudgedRanking.unjudged
            }
            let ranking = JudgedRanking(grades: grades, pool: qrels.pools[number], highestGrade: qrels.highestGrade)
            rankings[ties] = ranking
            return measure.score(ranking)
        }
    }

    private static func strayQueries(_ run: Run, _ qrels: Qrels) -> [FileWarning] {
        var warnings: [FileWarning] = []
        let unjudged = run.queries.indices.filter { qrels.rows.number(of: run.queries[$0]) == nil }
        if let first = unjudged.first {
            warnings.append(
                FileWarning(
                    path: run.path ?? run.name, line: run.rows.firstLines[first],
                    message: "query \(run.queries[first]) has no judgements"
                        + (unjudged.count > 1 ? ", nor have \(unjudged.count - 1) more" : "") + "; not counted"))
        }
        let missing = qrels.queries.indices.filter { run.rows.number(of: qrels.queries[$0]) == nil }
        if let first = missing.first {
            warnings.append(
                FileWarning(
                    path: qrels.path ?? "qrels", line: qrels.rows.firstLines[first],
                    message: "judged query \(qrels.queries[first]) is not in run \(run.name)"
                        + (missing.count > 1 ? ", nor are \(missing.count - 1) more" : "") + "; each counts 0"))
        }
        return warnings
    }
}
