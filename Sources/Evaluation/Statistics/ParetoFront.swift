/// Which of several systems no other beats in both effectiveness and latency.
public enum ParetoFront {
    /// One system as a point: more of `effectiveness` is better, less of `cost`.
    public struct Point: Sendable, Equatable {
        public let effectiveness: Double
        public let cost: Double

        public init(effectiveness: Double, cost: Double) {
            self.effectiveness = effectiveness
            self.cost = cost
        }

        func dominates(_ other: Point) -> Bool {
            effectiveness >= other.effectiveness && cost <= other.cost && self != other
        }
    }

    /// Numbers of the points on the front, cheapest first.
    public static func indices(_ points: [Point]) -> [Int] {
        points.indices
            .filter { index in !points.contains { $0.dominates(points[index]) } }
            .sorted { (points[$0].cost, $0) < (points[$1].cost, $1) }
    }
}
