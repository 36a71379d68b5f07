import Foundation
import JSON
import TextFiles

/// A run: for each query the passages that a system retrieved, with their scores.
///
///     let run = try Run(path: "bm25.run.gz")
///     for hit in run.hits(of: "19335").prefix(10) { print(hit.docno, hit.score) }
///
/// Rows stay in the order of the file (MS MARCO runs: of their ranks); which order a measure sees where scores tie is
/// the measure's business (`TieOrder`).
public struct Run: Sendable {
    /// One retrieved passage.
    public struct Hit: Sendable, Equatable {
        public let docno: String
        public let score: Double

        public init(docno: String, score: Double) {
            self.docno = docno
            self.score = score
        }
    }

    /// The system's name: the last column of a TREC run, else the file's name.
    public var name: String
    /// Where the run came from; `nil` where it was made in memory.
    public let path: String?
    /// What was odd about the file but did not stop its reading.
    public let warnings: [FileWarning]
    let rows: QueryRows<Double>

    /// The queries in the order of the file.
    public var queries: [String] { rows.queries }
    /// Number of rows.
    public var count: Int { rows.count }

    /// A run made in memory, hits best first. Throws `TextFileError` where a passage occurs twice for one query or a
    /// score is NaN.
    public init(name: String, rankings: [(query: String, hits: [Hit])]) throws {
        var builder = QueryRows<Double>.Builder()
        for ranking in rankings {
            for hit in ranking.hits {
                guard !hit.score.isNaN else {
                    throw TextFileError(
                        path: name, line: builder.count + 1,
                        message: "score of passage \(hit.docno) for query \(ranking.query) is not a number")
                }
                builder.append(query: ranking.query, docno: hit.docno, value: hit.score, line: builder.count + 1)
            }
        }
        try self.init(builder: &builder, name: name, path: nil, warnings: [])
    }

    init(builder: inout QueryRows<Double>.Builder, name: String, path: String?, warnings: [FileWarning]) throws {
        // As in trec_eval, which ends with "duplicate docs": whichever of the two counts, the figure is another one.
        let rows = try builder.finish { duplicate in
            throw TextFileError(
                path: path ?? name, line: duplicate.second.line,
                message: "passage \(duplicate.docno) occurs again for query \(duplicate.query) "
                    + "(first on line \(duplicate.first.line)); a passage can be ranked once only")
        }
        self.init(rows: rows, name: name, path: path, warnings: warnings)
    }

    init(rows: QueryRows<Double>, name: String, path: String?, warnings: [FileWarning]) {
        self.name = name
        self.path = path
        self.warnings = warnings
        self.rows = rows
    }

    /// The hits of a query, best first, ties as trec_eval breaks them; empty where the run lacks the query.
    public func hits(of query: String) -> [Hit] {
        guard let number = rows.number(of: query) else { return [] }
        return order(ofQuery: number, ties: .trecEval).map {
            Hit(docno: rows.docnos.string($0), score: rows.values[$0])
        }
    }

    /// Whether a query's rows stand in falling order of scores without ties, so that all orders agree on them.
    func isStrictlySorted(query: Int) -> Bool {
        let range = rows.ranges[query]
        return zip(range, range.dropFirst()).allSatisfy { Float(rows.values[$0]) > Float(rows.values[$1]) }
    }

    /// Row numbers of a query, best first.
    func order(ofQuery query: Int, ties: TieOrder) -> [Int] {
        let range = rows.ranges[query]
        let scores = rows.values
        switch ties {
        case .given: return Array(range)
        case .trecEval:
            return range.sorted {
                let (first, second) = (Float(scores[$0]), Float(scores[$1]))
                return first > second || (first == second && rows.docnos.precedes($1, $0))
            }
        case .ascendingDocno:
            return range.sorted {
                scores[$0] > scores[$1] || (scores[$0] == scores[$1] && rows.docnos.precedes($0, $1))
            }
        case .fileOrder:
            return range.sorted { scores[$0] > scores[$1] || (scores[$0] == scores[$1] && $0 < $1) }
        }
    }
}
