import Foundation
import JSON

/// All figures of a comparison; tables, plots and JSON are made from it.
public struct ComparisonReport: Codable, Sendable, Equatable {
    /// One system's figures.
    public struct System: Codable, Sendable, Equatable {
        public let name: String
        public let runPath: String?
        /// Means by the measure's name, and their intervals.
        public let measures: [String: Double]
        public let intervals: [String: BootstrapInterval]
        /// Values of the queries, in the order of the report, by the measure's name.
        public let values: [String: [Double]]
        public let recallCurve: [RecallCurve.Point]
        public let latencies: Latencies?
        /// Whether no other system is both better by the first measure and faster; `nil` without latencies.
        public let onParetoFront: Bool?
        public let provenance: Provenance?

        enum CodingKeys: String, CodingKey {
            case name, measures, intervals, values, latencies, provenance
            case runPath = "run_path"
            case recallCurve = "recall_curve"
            case onParetoFront = "on_pareto_front"
        }

        func mean(_ measure: Measure) -> Double { measures[measure.description] ?? 0 }

        func interval(_ measure: Measure) -> BootstrapInterval {
            intervals[measure.description] ?? BootstrapInterval(low: mean(measure), high: mean(measure))
        }
    }

    /// Two systems compared by one measure.
    public struct Pair: Codable, Sendable, Equatable {
        public let measure: Measure
        public let baseline: String
        public let system: String
        public let tTest: PairedTTest
        /// The t-test's probability after Holm's correction.
        public let correctedT: Double
        public let randomisation: RandomisationTest
        public let correctedRandomisation: Double
        /// Queries for which the system is better, equal and worse.
        public let wins: Int
        public let ties: Int
        public let losses: Int
        public let moved: [MovedQuery]

        enum CodingKeys: String, CodingKey {
            case measure, baseline, system, randomisation, wins, ties, losses, moved
            case tTest = "t_test"
            case correctedT = "t_test_holm_p"
            case correctedRandomisation = "randomisation_holm_p"
        }
    }

    public let title: String
    public let qrelsPath: String?
    /// The judged queries.
    public let queries: [String]
    /// The first is the main one: the Pareto front and the per-query plots go by it.
    public let measures: [Measure]
    public let confidence: Double
    public let level: Double
    public let recallThreshold: Int
    public let systems: [System]
    /// By measure, then by pair.
    public let pairs: [Pair]
    public let warnings: [FileWarning]

    enum CodingKeys: String, CodingKey {
        case title, queries, measures, confidence, level, systems, pairs, warnings
        case qrelsPath = "qrels_path"
        case recallThreshold = "recall_threshold"
    }

    /// The report as JSON with sorted keys; each system's `measures` holds its means by ir_measures name.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    /// Whether the difference of a system from its baseline by a measure is a finding by the corrected t-test;
    /// `nil` where the two were not compared.
    func isSignificant(_ system: String, _ measure: Measure) -> Bool? {
        let tests = pairs.filter { CodePoints($0.system) == CodePoints(system) && $0.measure == measure }
        guard tests.count == 1, baselines.count == 1 else { return nil }
        return tests[0].correctedT < level
    }

    /// Names of the systems that others were compared with, in order.
    var baselines: [String] {
        systems.map(\.name).filter { name in pairs.contains { CodePoints($0.baseline) == CodePoints(name) } }
    }

    /// Numbers of the systems with the highest mean of a measure, as far as four decimals tell.
    func best(_ measure: Measure) -> Set<Int> {
        let rounded = systems.map { ($0.mean(measure) * 10_000).rounded() }
        let highest = rounded.max() ?? 0
        return Set(rounded.indices.filter { rounded[$0] == highest })
    }
}
