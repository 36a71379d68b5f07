import Foundation

/// Maps values to positions along one side of a plot, and knows where its ticks belong.
struct Axis {
    let domain: ClosedRange<Double>
    let isLogarithmic: Bool
    /// Positions of the domain's ends.
    let start: Double
    let end: Double

    /// A linear axis whose domain is widened to whole ticks; `limit` caps it, as 1 does for a measure.
    static func linear(_ low: Double, _ high: Double, limit: Double = .infinity, start: Double, end: Double) -> Axis {
        let high = high > low ? high : low + 1
        let step = Self.step(high - low)
        let top = max(min((high / step).rounded(.up) * step, limit), high)
        return Axis(domain: (low / step).rounded(.down) * step...top, isLogarithmic: false, start: start, end: end)
    }

    /// A logarithmic axis; values that are not positive stand at its beginning.
    static func logarithmic(_ low: Double, _ high: Double, start: Double, end: Double) -> Axis {
        let low = min(max(low, 1e-6), 1e9)
        return Axis(domain: low...min(max(high, low * 1.5), 1e12), isLogarithmic: true, start: start, end: end)
    }

    func position(_ value: Double) -> Double {
        let clamped = min(max(value, domain.lowerBound), domain.upperBound)
        let share =
            isLogarithmic
            ? log(clamped / domain.lowerBound) / log(domain.upperBound / domain.lowerBound)
            : (clamped - domain.lowerBound) / (domain.upperBound - domain.lowerBound)
        return start + share * (end - start)
    }

    var ticks: [Double] {
        guard isLogarithmic else {
            let step = Self.step(domain.upperBound - domain.lowerBound)
            let first = (domain.lowerBound / step).rounded(.up)
            let count = Int(((domain.upperBound / step) - first + 1e-9).rounded(.down))
            return (0...max(0, count)).map { (first + Double($0)) * step }
        }
        let decades = log10(domain.upperBound / domain.lowerBound)
        let factors: [Double] = decades > 2.5 ? [1] : [1, 2, 5]
        let exponents = Int(log10(domain.lowerBound).rounded(.down))...Int(log10(domain.upperBound).rounded(.up))
        let reached = domain.lowerBound * (1 - 1e-9)...domain.upperBound * (1 + 1e-9)
        var ticks: [Double] = []
        for exponent in exponents {
            let power = pow(10, Double(exponent))
            ticks += factors.map { $0 * power }.filter(reached.contains)
        }
        return ticks
    }

    /// 1, 2 or 5 times a power of ten, so that there are four to ten ticks.
    private static func step(_ span: Double) -> Double {
        let magnitude = pow(10, log10(span / 4).rounded(.down))
        let ratio = span / 4 / magnitude
        return magnitude * (ratio >= 5 ? 5 : ratio >= 2 ? 2 : 1)
    }
}
