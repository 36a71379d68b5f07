/// How long each query took in each stage.
public struct Latencies: Codable, Sendable, Equatable {
    /// Names of the stages in the order of the pipeline.
    public let stages: [String]
    /// Milliseconds, `[stages, queries]`.
    public let milliseconds: [[Double]]

    /// `milliseconds` must hold an equally long series for each stage; what is missing counts as no time.
    public init(stages: [String], milliseconds: [[Double]]) {
        let queries = milliseconds.map(\.count).max() ?? 0
        self.stages = stages
        self.milliseconds = stages.indices.map { stage in
            let series = stage < milliseconds.count ? milliseconds[stage] : []
            return series + [Double](repeating: 0, count: queries - series.count)
        }
    }

    /// Milliseconds of each query over all stages.
    public var totals: [Double] {
        let queries = milliseconds.first?.count ?? 0
        return (0..<queries).map { query in milliseconds.reduce(0) { $0 + $1[query] } }
    }

    /// One summary for each stage and, last, one named "total".
    public var summaries: [LatencySummary] {
        zip(stages, milliseconds).map { LatencySummary(stage: $0, milliseconds: $1) }
            + [LatencySummary(stage: "total", milliseconds: totals)]
    }
}
