import Ranking

/// How a stage's scores join those that its candidates came with.
public enum Combination: Sendable, Hashable {
    /// The stage's scores stand alone.
    case replace
    /// `weight · stage + (1 − weight) · before`, both scaled to 0...1 over the candidates (min-max).
    case interpolate(weight: Double)
    /// `1/(60 + rank before) + 1/(60 + rank by the stage)` (Cormack et al. 2009).
    case reciprocalRank

    /// Reads a name and a weight; `nil` for others.
    public init?(name: String, weight: Double?) {
        switch (name, weight) {
        case ("replace", nil): self = .replace
        case ("rrf", nil): self = .reciprocalRank
        case ("interpolate", let weight?) where weight >= 0 && weight <= 1: self = .interpolate(weight: weight)
        default: return nil
        }
    }

    /// Scores for candidates that stand in the order of `before`, best first.
    package func scores(stage: [Double], before: [Double]) -> [Double] {
        switch self {
        case .replace: return stage
        case .interpolate(let weight):
            return zip(Self.minMax(stage), Self.minMax(before)).map { weight * $0 + (1 - weight) * $1 }
        case .reciprocalRank:
            var ranks = [Int](repeating: 0, count: stage.count)
            // Equal scores keep the order they came in.
            let order = stage.indices.sorted { RankOrder.precedes((stage[$0], $0), (stage[$1], $1)) }
            for (rank, index) in order.enumerated() { ranks[index] = rank + 1 }
            return stage.indices.map { 1 / Double(60 + $0 + 1) + 1 / Double(60 + ranks[$0]) }
        }
    }

    /// Values scaled to 0...1; all 0 where they are equal.
    private static func minMax(_ values: [Double]) -> [Double] {
        guard let low = values.min(), let high = values.max(), high > low else { return values.map { _ in 0 } }
        guard (high - low).isFinite else {
            // Scores that come from elsewhere may be further apart than a number can say.
            let limit = Double.greatestFiniteMagnitude / 4
            return minMax(values.map { max(-limit, min(limit, $0 / 4)) })
        }
        return values.map { ($0 - low) / (high - low) }
    }
}
