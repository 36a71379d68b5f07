/// Fisher's paired randomisation test on the difference of means, as Smucker, Allan and Carterette (CIKM 2007) advise
/// for retrieval: under the null hypothesis the labels of each query's two values are as good as drawn by lot.
public struct RandomisationTest: Codable, Sendable, Equatable {
    /// Two-sided probability of a difference at least as large.
    public let probability: Double
    /// Number of label assignments tried.
    public let permutations: Int
    /// Whether all assignments there are were tried, so that the probability is exact.
    public let isExact: Bool

    enum CodingKeys: String, CodingKey {
        case permutations
        case probability = "p"
        case isExact = "exact"
    }

    /// Compares values query by query. Up to 2^16 assignments are enumerated; beyond, `permutations` are drawn, and the
    /// probability is (b + 1) / (permutations + 1), b of them having been as extreme.
    public init(first: [Double], second: [Double], permutations: Int = 100_000, seed: UInt64 = 1) {
        // A query without difference adds nothing whichever way its labels fall.
        let differences = zip(first, second).map { $1 - $0 }.filter { $0 != 0 }
        let total = differences.reduce(0, +)
        // Sums in other orders differ in their last bits, which must not decide.
        let target = abs(total) * (1 - 1e-12)
        func isExtreme(_ swapped: Double) -> Bool { abs(total - 2 * swapped) >= target }
        if differences.count <= 16 {
            let assignments = 1 << differences.count
            let extreme = (0..<assignments).count { isExtreme(Self.sum(differences, UInt64($0), from: 0)) }
            self.permutations = assignments
            probability = Double(extreme) / Double(assignments)
            isExact = true
        } else {
            var generator = SeededGenerator(seed: seed)
            var extreme = 0
            for _ in 0..<max(1, permutations) {
                var swapped = 0.0
                for start in stride(from: 0, to: differences.count, by: 64) {
                    swapped += Self.sum(differences, generator.next(), from: start)
                }
                if isExtreme(swapped) { extreme += 1 }
            }
            self.permutations = max(1, permutations)
            probability = Double(extreme + 1) / Double(self.permutations + 1)
            isExact = false
        }
    }

    /// Sum of those of up to 64 differences whose bit is set.
    private static func sum(_ differences: [Double], _ bits: UInt64, from start: Int) -> Double {
        let count = min(64, differences.count - start)
        var remaining = count < 64 ? bits & ((1 << UInt64(count)) - 1) : bits
        var sum = 0.0
        while remaining != 0 {
            sum += differences[start + remaining.trailingZeroBitCount]
            remaining &= remaining - 1
        }
        return sum
    }
}
