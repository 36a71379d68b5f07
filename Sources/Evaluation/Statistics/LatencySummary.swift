/// The latency of one stage over all queries, in milliseconds.
public struct LatencySummary: Codable, Sendable, Equatable {
    public let stage: String
    public let mean: Double
    public let p50: Double
    public let p95: Double
    public let p99: Double

    public init(stage: String, milliseconds: [Double]) {
        let sorted = milliseconds.sorted()
        self.stage = stage
        mean = sorted.isEmpty ? 0 : sorted.reduce(0, +) / Double(sorted.count)
        p50 = Percentile.of(sorted, 0.5)
        p95 = Percentile.of(sorted, 0.95)
        p99 = Percentile.of(sorted, 0.99)
    }
}
