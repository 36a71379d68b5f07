import JSON

/// Several systems measured on the same judgements, with what can be said about their differences.
///
///     let comparison = try Comparison(systems: [bm25, colbert], qrels: qrels, measures: Measure.list("nDCG@10 RR@10"))
///     print(comparison.report.markdown())
///
/// The first system, or the one named, is the baseline that the others are tested against; with `baseline: nil` all
/// pairs are. Holm's correction is over the comparisons of one measure.
public struct Comparison: Sendable {
    /// One system: its run and, where they are known, its latencies and provenance.
    public struct System: Sendable {
        public let name: String
        public let run: Run
        public let latencies: Latencies?
        public let provenance: Provenance?

        public init(_ run: Run, name: String? = nil, latencies: Latencies? = nil, provenance: Provenance? = nil) {
            self.name = name ?? run.name
            self.run = run
            self.latencies = latencies
            self.provenance = provenance
        }
    }

    /// Which pairs of systems are tested.
    public enum Baseline: Sendable, Equatable {
        case first
        case named(String)
        /// Every pair.
        case none
    }

    /// How the comparison is made; the defaults are the field's customs.
    public struct Options: Sendable {
        public var title = "Comparison of retrieval systems"
        public var baseline = Baseline.first
        public var confidence = 0.95
        /// Below this, a corrected probability counts as a finding.
        public var level = 0.05
        public var permutations = 100_000
        public var resamples = 10_000
        public var seed: UInt64 = 1
        /// Queries listed for each pair on either side, those that gained most and those that lost most.
        public var movedQueries = 5
        /// Lowest grade that is relevant in the recall curves.
        public var recallThreshold = 1

        public init() {}
    }

    /// All figures; what is printed and drawn is made from it.
    public let report: ComparisonReport

    /// Throws `ComparisonError` where there is no system or measure, two systems share a name, or the baseline is none
    /// of them. `queryTexts` are the queries' words by identifier, for the list of those that moved most.
    public init(
        systems: [System], qrels: Qrels, measures: [Measure], queryTexts: [CodePoints: String] = [:],
        options: Options = Options()
    ) throws {
        guard !systems.isEmpty else { throw ComparisonError("no run to evaluate") }
        guard !measures.isEmpty else { throw ComparisonError("no measure to evaluate by") }
        var names = Set<String>()
        for system in systems where !names.insert(system.name).inserted {
            throw ComparisonError("two systems are named \(system.name); give one of them another name")
        }
        let baseline = try Self.baselineNumber(options.baseline, of: systems)
        let evaluated = systems.map { EvaluatedRun($0.run, against: qrels, measures: measures) }
        let intervals = BootstrapInterval.intervals(
            evaluated.flatMap(\.values), confidence: options.confidence, resamples: options.resamples,
            seed: options.seed)
        let curves = try RecallCurve.curves(
            of: systems.map(\.run), qrels: qrels, relevanceThreshold: options.recallThreshold)
        let front = Self.front(of: systems, evaluated)
        let systemReports = systems.indices.map { index in
            func byName<Value>(_ values: some Sequence<Value>) -> [String: Value] {
                Dictionary(zip(measures.map(\.description), values), uniquingKeysWith: { first, _ in first })
            }
            return ComparisonReport.System(
                name: systems[index].name, runPath: systems[index].run.path, measures: byName(evaluated[index].means),
                intervals: byName(intervals[(index * measures.count)...]), values: byName(evaluated[index].values),
                recallCurve: curves[index], latencies: systems[index].latencies,
                onParetoFront: systems[index].latencies == nil ? nil : front.contains(index),
                provenance: systems[index].provenance)
        }
        let pairs = Self.pairs(of: systems.count, baseline: baseline)
        report = ComparisonReport(
            title: options.title, qrelsPath: qrels.path, queries: qrels.queries, measures: measures,
            confidence: options.confidence, level: options.level, recallThreshold: options.recallThreshold,
            systems: systemReports,
            pairs: measures.indices.flatMap { measure in
                Self.tests(
                    pairs, measure: measures[measure], names: systems.map(\.name),
                    values: evaluated.map { $0.values[measure] }, queries: qrels.queries, texts: queryTexts, options)
            },
            warnings: Self.unique(evaluated.flatMap(\.warnings)))
    }

    private static func baselineNumber(_ baseline: Baseline, of systems: [System]) throws -> Int? {
        switch baseline {
        case .none: return nil
        case .first: return 0
        case .named(let name):
            guard let number = systems.firstIndex(where: { $0.name == name }) else {
                let known = systems.map(\.name).joined(separator: ", ")
                throw ComparisonError("the baseline \(name) is none of the systems (\(known))")
            }
            return number
        }
    }

    private static func pairs(of count: Int, baseline: Int?) -> [(Int, Int)] {
        if let baseline { return (0..<count).filter { $0 != baseline }.map { (baseline, $0) } }
        return (0..<count).flatMap { first in (first + 1..<count).map { (first, $0) } }
    }

    private static func front(of systems: [System], _ evaluated: [EvaluatedRun]) -> Set<Int> {
        let timed = systems.indices.filter { systems[$0].latencies != nil }
        let points = timed.map { index in
            ParetoFront.Point(
                effectiveness: evaluated[index].means[0],
                cost: LatencySummary(stage: "total", milliseconds: systems[index].latencies?.totals ?? []).p50)
        }
        return Set(ParetoFront.indices(points).map { timed[$0] })
    }

    private static func tests(
        _ pairs: [(Int, Int)], measure: Measure, names: [String], values: [[Double]], queries: [String],
        texts: [CodePoints: String], _ options: Options
    ) -> [ComparisonReport.Pair] {
        let tTests = pairs.map {
            PairedTTest(first: values[$0.0], second: values[$0.1], confidence: options.confidence)
        }
        let randomisations = pairs.map {
            RandomisationTest(
                first: values[$0.0], second: values[$0.1], permutations: options.permutations, seed: options.seed)
        }
        let correctedT = HolmCorrection.adjusted(tTests.map(\.probability))
        let correctedRandomisation = HolmCorrection.adjusted(randomisations.map(\.probability))
        return pairs.indices.map { index in
            let (first, second) = pairs[index]
            let differences = zip(values[first], values[second]).map { $1 - $0 }
            return ComparisonReport.Pair(
                measure: measure, baseline: names[first], system: names[second], tTest: tTests[index],
                correctedT: correctedT[index], randomisation: randomisations[index],
                correctedRandomisation: correctedRandomisation[index],
                wins: differences.count { $0 > 0 }, ties: differences.count { $0 == 0 },
                losses: differences.count { $0 < 0 },
                moved: MovedQuery.most(
                    options.movedQueries, queries: queries, texts: texts, first: values[first], second: values[second]))
        }
    }

    private static func unique(_ warnings: [FileWarning]) -> [FileWarning] {
        var seen: [FileWarning] = []
        for warning in warnings where !seen.contains(warning) { seen.append(warning) }
        return seen
    }
}
