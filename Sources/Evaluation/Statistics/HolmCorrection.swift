/// Holm's step-down correction (1979): keeps the chance of any false discovery among several tests below the level.
public enum HolmCorrection {
    /// Adjusted probabilities, in the order given; each is compared with the level as it is.
    public static func adjusted(_ probabilities: [Double]) -> [Double] {
        var adjusted = probabilities
        var highest = 0.0
        for (rank, index) in probabilities.indices.sorted(by: { probabilities[$0] < probabilities[$1] }).enumerated() {
            highest = max(highest, min(1, Double(probabilities.count - rank) * probabilities[index]))
            adjusted[index] = highest
        }
        return adjusted
    }
}
