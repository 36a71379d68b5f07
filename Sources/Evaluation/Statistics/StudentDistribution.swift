import Foundation

/// Student's t distribution.
public struct StudentDistribution: Sendable {
    public let degreesOfFreedom: Double

    public init(degreesOfFreedom: Double) {
        self.degreesOfFreedom = degreesOfFreedom
    }

    /// Probability of a value at least as far from 0 as `statistic`, on either side.
    public func twoSidedProbability(_ statistic: Double) -> Double {
        guard statistic.isFinite else { return statistic.isNaN ? .nan : 0 }
        let x = degreesOfFreedom / (degreesOfFreedom + statistic * statistic)
        return Self.incompleteBeta(degreesOfFreedom / 2, 0.5, x)
    }

    /// The value below which a share `probability` (between 0 and 1) of the distribution lies.
    public func quantile(_ probability: Double) -> Double {
        guard probability != 0.5 else { return 0 }
        guard probability > 0.5 else { return -quantile(1 - probability) }
        let tail = 2 * (1 - probability)
        var low = 0.0
        var high = 1.0
        while twoSidedProbability(high) > tail, high < 1e12 { high *= 2 }
        // Bisection to the last bits: quantiles are asked for a few times a report.
        for _ in 0..<200 where low < high {
            let middle = (low + high) / 2
            if twoSidedProbability(middle) > tail { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// The regularised incomplete beta function I_x(a, b) for a, b > 0 and x in 0...1.
    ///
    /// Continued fraction DLMF 8.17.22, evaluated by Lentz's method; relative error about 1e-12.
    public static func incompleteBeta(_ a: Double, _ b: Double, _ x: Double) -> Double {
        guard x > 0 else { return 0 }
        guard x < 1 else { return 1 }
        // The fraction converges quickly only left of the mean.
        if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(b, a, 1 - x) }
        let logFactor = logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x)
        return exp(logFactor) / a * continuedFraction(a, b, x)
    }

    private static func continuedFraction(_ a: Double, _ b: Double, _ x: Double) -> Double {
        let tiny = 1e-300
        var fraction = 1.0
        var numeratorRatio = 1.0
        var denominatorRatio = 0.0
        for step in 0...10_000 {
            let half = Double(step / 2)
            let coefficient: Double
            if step == 0 {
                coefficient = 1
            } else if step.isMultiple(of: 2) {
                coefficient = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
            } else {
                coefficient = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
            }
            denominatorRatio = 1 + coefficient * denominatorRatio
            if abs(denominatorRatio) < tiny { denominatorRatio = tiny }
            denominatorRatio = 1 / denominatorRatio
            numeratorRatio = 1 + coefficient / numeratorRatio
            if abs(numeratorRatio) < tiny { numeratorRatio = tiny }
            let change = numeratorRatio * denominatorRatio
            fraction *= change
            if step > 0, abs(change - 1) < 1e-15 { break }
        }
        return fraction - 1
    }

    private static func logGamma(_ x: Double) -> Double {
        var sign: Int32 = 0
        return lgamma_r(x, &sign)
    }
}
