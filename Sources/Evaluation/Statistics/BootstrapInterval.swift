/// A percentile bootstrap confidence interval of a mean over queries (Efron 1979; Sakai, SIGIR 2006, for retrieval).
public struct BootstrapInterval: Codable, Sendable, Equatable {
    public let low: Double
    public let high: Double

    public init(low: Double, high: Double) {
        self.low = low
        self.high = high
    }

    /// Intervals of the means of several series over the same queries, which share their resamples.
    ///
    /// `resamples` is lowered for large sets, to no fewer than 1000, so that the work stays bounded.
    public static func intervals(
        _ series: [[Double]], confidence: Double = 0.95, resamples: Int = 10_000, seed: UInt64 = 1
    ) -> [BootstrapInterval] {
        let count = series.map(\.count).min() ?? 0
        guard count > 0 else { return series.map { _ in BootstrapInterval(low: 0, high: 0) } }
        let rounds = max(1, min(resamples, max(1000, 20_000_000 / count)))
        var generator = SeededGenerator(seed: seed)
        var means = series.map { _ in [Double]() }
        var weights = [Double](repeating: 0, count: count)
        for _ in 0..<rounds {
            for index in weights.indices { weights[index] = 0 }
            for _ in 0..<count { weights[generator.index(below: count)] += 1 }
            for (index, values) in series.enumerated() {
                var sum = 0.0
                for query in 0..<count { sum += weights[query] * values[query] }
                means[index].append(sum / Double(count))
            }
        }
        return means.map { means in
            let sorted = means.sorted()
            return BootstrapInterval(
                low: Percentile.of(sorted, (1 - confidence) / 2), high: Percentile.of(sorted, (1 + confidence) / 2))
        }
    }
}
