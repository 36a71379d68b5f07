import Foundation
import LinearAlgebra

/// Pseudo-relevance feedback over ColBERT's vectors: how near a passage is to the best few of a ranking.
///
/// `score(p) = Σ_f w_f / |f| Σ_i max_j f_i·p_j` over the best passages `f` of the ranking, whose weights `w` are a
/// softmax of their scores: a clear winner speaks alone, several near each other speak together. ColBERT-PRF (Wang,
/// Macdonald, Tonellotto and Ounis 2021) adds a few clustered vectors of those passages to the query's; here they are
/// asked on their own, and the pipeline says how much that counts.
public enum Feedback {
    /// How many passages feed back, at most.
    public static let passages = 3
    /// How many vectors of each are asked, at most: evenly spaced ones do as well as all.
    static let vectors = 32
    /// Of the softmax, for scores scaled to 0…1 over the ranking.
    static let temperature = 0.15
    /// A passage with less is left out, since it costs as much as the others.
    static let leastWeight = 0.05

    /// A passage that others are compared with.
    public struct Passage: Sendable {
        /// `[at most 32, dimension]`, unit rows.
        public let vectors: Matrix
        /// Its part in the score; those of all passages sum to 1.
        public let weight: Double

        /// - Parameter vectors: all of the passage's, `[rows, dimension]`.
        public init(vectors: Matrix, weight: Double) {
            let count = min(vectors.rows, Feedback.vectors)
            self.vectors = vectors.rows((0..<count).map { $0 * vectors.rows / count })
            self.weight = weight
        }

        /// The mean over the vectors of the cosine with the nearest of another passage's, `[rows, dimension]`.
        public func similarity(to other: Matrix) -> Double {
            guard vectors.rows > 0 else { return 0 }
            return Double(ColBERT.maxSim(query: vectors, passage: other)) / Double(vectors.rows)
        }
    }

    /// The weights of the best passages, which sum to 1.
    ///
    /// - Parameter scores: of the whole ranking, best first.
    public static func weights(_ scores: [Double]) -> [Double] {
        guard let best = scores.first, let worst = scores.last else { return [] }
        let range = best - worst
        let powers = scores.prefix(passages).map { range > 0 ? exp(($0 - best) / (range * temperature)) : 1 }
        let sum = powers.reduce(0, +)
        let kept = powers.prefix { $0 >= leastWeight * sum }
        return kept.map { $0 / kept.reduce(0, +) }
    }

    /// What asks for all that the passages have, `[Σ rows, dimension]`, so that ColBERT's sum over it is the score; `nil`
    /// without vectors.
    public static func query(_ passages: [Passage]) -> Matrix? {
        let rows = passages.reduce(0) { $0 + $1.vectors.rows }
        guard rows > 0, let dimension = passages.first?.vectors.columns else { return nil }
        let query = Matrix(rows: rows, columns: dimension)
        var next = 0
        for passage in passages {
            let factor = Float(passage.weight / Double(max(1, passage.vectors.rows)))
            for index in 0..<passage.vectors.rows {
                let row = query.row(next)
                for (column, value) in zip(row.indices, passage.vectors.row(index)) { row[column] = value * factor }
                next += 1
            }
        }
        return query
    }
}
