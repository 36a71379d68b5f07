/// Recall over the number of passages looked at.
public enum RecallCurve {
    /// One point: the mean over the judged queries of the share of relevant passages among the first `cutoff`.
    public struct Point: Codable, Sendable, Equatable {
        public let cutoff: Int
        public let recall: Double
    }

    private static let cutoffs = [1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000]

    /// A curve for each run, as far as the deepest of its rankings.
    static func curves(of runs: [Run], qrels: Qrels, relevanceThreshold: Int) throws -> [[Point]] {
        let measures = try cutoffs.map { try Measure(.recall, cutoff: $0, relevanceThreshold: relevanceThreshold) }
        return runs.map { run in
            let depth = run.rows.ranges.map(\.count).max() ?? 0
            let means = EvaluatedRun(run, against: qrels, measures: measures).means
            let reached = cutoffs.firstIndex { $0 >= depth } ?? cutoffs.count - 1
            return (0...reached).map { Point(cutoff: cutoffs[$0], recall: means[$0]) }
        }
    }
}
