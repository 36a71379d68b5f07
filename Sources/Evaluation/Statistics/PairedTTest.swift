import Foundation

/// Student's paired t-test on per-query values: does one system's mean differ from another's?
public struct PairedTTest: Codable, Sendable, Equatable {
    /// Mean of second minus first.
    public let difference: Double
    /// t, positive where the second is better.
    public let statistic: Double
    public let degreesOfFreedom: Int
    /// Two-sided probability of such a difference by chance.
    public let probability: Double
    /// Confidence interval of the difference.
    public let low: Double
    public let high: Double

    enum CodingKeys: String, CodingKey {
        case difference, low, high
        case statistic = "t"
        case degreesOfFreedom = "degrees_of_freedom"
        case probability = "p"
    }

    /// Compares values query by query; only the first `min` of the two counts are looked at.
    ///
    /// Where all differences are equal there is no variance to test by: p is 1 for no difference and 0 for a constant
    /// one; fewer than two queries give p = 1.
    public init(first: [Double], second: [Double], confidence: Double = 0.95) {
        let differences = zip(first, second).map { $1 - $0 }
        let count = Double(differences.count)
        let mean = differences.isEmpty ? 0 : differences.reduce(0, +) / count
        difference = mean
        degreesOfFreedom = max(0, differences.count - 1)
        let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        guard degreesOfFreedom > 0 else {
            (statistic, probability, low, high) = (0, 1, mean, mean)
            return
        }
        let error = (squares / Double(degreesOfFreedom) / count).squareRoot()
        guard error > 0 else {
            (statistic, probability) =
                mean == 0 ? (0, 1) : (mean > 0 ? .greatestFiniteMagnitude : -.greatestFiniteMagnitude, 0)
            (low, high) = (mean, mean)
            return
        }
        let student = StudentDistribution(degreesOfFreedom: Double(degreesOfFreedom))
        statistic = mean / error
        probability = student.twoSidedProbability(statistic)
        let margin = student.quantile((1 + confidence) / 2) * error
        (low, high) = (mean - margin, mean + margin)
    }
}
