import Foundation

/// Okapi BM25 as Lucene computes it, with exact passage lengths (Robertson and Zaragoza 2009; Kamphuis et al. 2020).
///
/// `Σ_{t∈q} ln(1 + (N−df+½)/(df+½)) · tf / (tf + k1·(1−b+b·|p|/avg))`, query terms with repetition.
public struct BM25: Sendable, Hashable {
    /// Term frequency saturation, 0 or more.
    public var k1: Double
    /// Share of length normalisation, 0 to 1.
    public var b: Double

    /// The defaults are those of Anserini for MS MARCO.
    public init(k1: Double = 0.9, b: Double = 0.4) {
        self.k1 = k1
        self.b = b
    }

    /// Weight of a term that `frequency` of `passages` passages contain.
    public static func inverseFrequency(passages: Int, frequency: Int) -> Double {
        log(1 + (Double(passages - frequency) + 0.5) / (Double(frequency) + 0.5))
    }

    /// The factor of a term's weight: `count` occurrences in a passage of `length` terms where `average` is the mean.
    public func saturation(count: Int, length: Int, average: Double) -> Double {
        guard count > 0 else { return 0 }
        let normal = average > 0 ? Double(length) / average : 1
        let tf = Double(count)
        return tf / (tf + k1 * (1 - b + b * normal))
    }
}
