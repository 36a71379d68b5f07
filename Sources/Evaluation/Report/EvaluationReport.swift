import Foundation
import JSON

/// What `passerine evaluate --json` prints for one run: `{"measures": {"nDCG@10": 0.5058, …}, …}`.
public struct EvaluationReport: Codable, Sendable, Equatable {
    /// The run's name.
    public let run: String
    /// The files measured, where they came from files.
    public let runPath: String?
    public let qrelsPath: String?
    /// Number of judged queries, all of which the means are over.
    public let queries: Int
    /// Number of judged queries that the run has results for.
    public let answered: Int
    /// Means by ir_measures name.
    public let measures: [String: Double]
    /// Values by query, then by measure; only where asked for.
    public let perQuery: [CodePoints: [String: Double]]?
    /// What made the run, where that is known.
    public let provenance: Provenance?
    public let warnings: [FileWarning]

    enum CodingKeys: String, CodingKey {
        case run, queries, answered, measures, provenance, warnings
        case runPath = "run_path"
        case qrelsPath = "qrels_path"
        case perQuery = "per_query"
    }

    public init(
        _ evaluation: EvaluatedRun, run: Run, qrels: Qrels, perQuery: Bool = false, provenance: Provenance? = nil
    ) {
        self.run = run.name
        runPath = run.path
        qrelsPath = qrels.path
        queries = evaluation.queries.count
        answered = evaluation.queries.count { run.rows.number(of: $0) != nil }
        let names = evaluation.measures.map(\.description)
        measures = Dictionary(zip(names, evaluation.means), uniquingKeysWith: { first, _ in first })
        self.provenance = provenance
        warnings = evaluation.warnings
        self.perQuery =
            perQuery
            ? Dictionary(
                uniqueKeysWithValues: evaluation.queries.enumerated().map { number, query in
                    (
                        CodePoints(query),
                        Dictionary(
                            zip(names, evaluation.values.map { $0[number] }), uniquingKeysWith: { first, _ in first })
                    )
                }) : nil
    }

    /// The report as JSON, which has every query under its own id.
    public func json() throws -> JSONValue {
        guard case .object(var members) = try JSONValue(encoding: self) else { return .null }
        // Foundation's encoder keeps one of two ids that are canonically equivalent.
        if let perQuery {
            members["per_query"] = .object(try perQuery.mapValues { try JSONValue(encoding: $0) })
        }
        return .object(members)
    }
}
