import JSON

/// A query whose value differs much between two systems.
public struct MovedQuery: Codable, Sendable, Equatable {
    public let query: String
    /// The query's words, where they are known.
    public let text: String?
    /// Its value under the baseline and under the other system.
    public let first: Double
    public let second: Double

    public var difference: Double { second - first }

    /// Up to `count` queries that gained most, largest gain first, then up to `count` that lost most, the largest loss
    /// last. Equal differences stand in the order of the qrels.
    static func most(
        _ count: Int, queries: [String], texts: [CodePoints: String], first: [Double], second: [Double]
    ) -> [MovedQuery] {
        let order = queries.indices.sorted { left, right in
            let (leftGain, rightGain) = (second[left] - first[left], second[right] - first[right])
            return leftGain > rightGain || (leftGain == rightGain && left < right)
        }
        let gained = order.prefix(count).filter { second[$0] > first[$0] }
        let lost = order.suffix(count).filter { second[$0] < first[$0] }
        return (gained + lost).map {
            MovedQuery(query: queries[$0], text: texts[CodePoints(queries[$0])], first: first[$0], second: second[$0])
        }
    }
}
