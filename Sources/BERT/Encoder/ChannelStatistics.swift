import Foundation
import LinearAlgebra

/// Mean and deviation of the columns of an activation, as the parameters before it tell them: what comes out of a layer
/// normalisation has its shift as mean and its gain as deviation, and what is made of it follows for independent columns.
struct ChannelStatistics {
    var means: [Float]
    var deviations: [Float]

    /// What a layer normalisation gives.
    init(_ norm: LayerNorm) {
        means = norm.shift.elements
        deviations = norm.gain.elements.map(abs)
    }

    private init(means: [Float], deviations: [Float]) {
        (self.means, self.deviations) = (means, deviations)
    }

    /// What a dense layer makes of this: `weight` is `[outputs, inputs]` from row `first` on.
    func through(_ weight: Matrix, rows: Range<Int>, bias: Matrix) -> ChannelStatistics {
        var result = ChannelStatistics(means: [], deviations: [])
        for row in rows {
            let weights = weight.row(row)
            var (mean, variance) = (bias.pointer[row], Float(0))
            for column in 0..<weights.count {
                mean += weights[column] * means[column]
                let part = weights[column] * deviations[column]
                variance += part * part
            }
            result.means.append(mean)
            result.deviations.append(variance.squareRoot())
        }
        return result
    }

    /// What a GELU makes of this, taken as normally distributed.
    func throughGELU() -> ChannelStatistics {
        var result = self
        for column in means.indices {
            let (mean, variance) = (Double(means[column]), Double(deviations[column]) * Double(deviations[column]))
            let root = (1 + variance).squareRoot()
            let density = exp(-mean * mean / (2 * root * root)) / (2 * Double.pi).squareRoot()
            let below = 0.5 * (1 + erf(mean / root / 2.0.squareRoot()))
            let top = means[column] + 3 * deviations[column]
            result.means[column] = Float(mean * below + variance / root * density)
            // Chosen so that mean and three deviations reach the activation of what is large for the input.
            result.deviations[column] = max(0, max(0.2, top) - abs(result.means[column])) / 3
        }
        return result
    }

    /// About the largest absolute values.
    var sizes: [Float] { zip(means, deviations).map { abs($0) + 3 * $1 } }

    func expected(least: Float? = nil) -> ExpectedInputs {
        ExpectedInputs(means: means, sizes: sizes, least: least)
    }

    subscript(order: [Int]) -> ChannelStatistics {
        ChannelStatistics(means: order.map { means[$0] }, deviations: order.map { deviations[$0] })
    }
}
