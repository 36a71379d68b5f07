import Evaluation
import Testing

struct LatencyTests {
    @Test func stagesAndTheirTotalAreSummarised() {
        let latencies = Latencies(
            stages: ["bm25", "colbert"], milliseconds: [(0...100).map(Double.init), [Double](repeating: 2, count: 101)])
        let summaries = latencies.summaries
        #expect(summaries.map(\.stage) == ["bm25", "colbert", "total"])
        #expect(summaries.map(\.p50) == [50, 2, 52])
        #expect(summaries.map(\.p95) == [95, 2, 97])
        #expect(summaries.map(\.p99) == [99, 2, 101])
        #expect(summaries.map(\.mean) == [50, 2, 52])
    }

    @Test func missingSeriesCountAsNoTime() {
        let latencies = Latencies(stages: ["a", "b"], milliseconds: [[1, 2, 3], [5]])
        #expect(latencies.totals == [6, 2, 3])
        #expect(Latencies(stages: [], milliseconds: []).totals.isEmpty)
    }

    @Test func theParetoFrontLeavesOutWhatIsBeatenInBoth() {
        let points = [(0.5, 1.0), (0.7, 10), (0.6, 20), (0.7, 12), (0.72, 50), (0.5, 1)]
            .map { ParetoFront.Point(effectiveness: $0.0, cost: $0.1) }
        #expect(ParetoFront.indices(points) == [0, 5, 1, 4])
        #expect(ParetoFront.indices([]).isEmpty)
    }
}
