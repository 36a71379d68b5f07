import Evaluation
import Foundation
import Testing

/// Values against ir_measures, stored by Tests/Reference/evaluation_fixtures.py.
struct MeasureValueTests {
    @Test func everyMeasureEqualsTheReferencePerQuery() throws {
        let expected = try Fixtures.json("small.expected.json", as: [String: [String: Double]].self)
        let run = try Run(path: Fixtures.path("small.run"))
        let qrels = try Qrels(path: Fixtures.path("small.qrels"))
        #expect(expected.count > 50)
        let measures = try expected.keys.sorted().map { try Measure(parsing: $0) }
        let evaluated = EvaluatedRun(run, against: qrels, measures: measures)
        for (measure, values) in zip(evaluated.measures, evaluated.values) {
            let reference = try #require(expected[measure.description])
            #expect(reference.count == evaluated.queries.count)
            for (query, value) in zip(evaluated.queries, values) {
                let target = try #require(reference[query])
                #expect(abs(value - target) < 1e-9, "\(measure) of \(query): \(value), not \(target)")
            }
        }
    }

    @Test(
        .enabled(if: Fixtures.hasSharedData, "needs ../shared/data/msmarco-dl19"),
        arguments: [
            ("bm25-top100", [0.5058, 0.2476, 0.7024, 0.4910, 0.4910]),
            ("bm25-top1000", [0.4973, 0.2903, 0.6822, 0.4974, 0.7450]),
            ("bm25rm3-top100", [0.5216, 0.2807, 0.6725, 0.5259, 0.5259]),
            ("ada2-top100", [0.7035, 0.4151, 0.8353, 0.6235, 0.6235]),
            ("tasb-top100", [0.7210, 0.4050, 0.8754, 0.6097, 0.6097]),
            ("spladepp-top100", [0.7308, 0.4464, 0.9186, 0.6390, 0.6390]),
            ("repllama-top100", [0.7384, 0.4704, 0.9079, 0.6579, 0.6579]),
        ])
    func publicRunsGiveTheirKnownAnswers(name: String, answers: [Double]) throws {
        let folder = Fixtures.sharedData.appendingPathComponent("msmarco-dl19")
        let measures = try Measure.list("nDCG@10 AP(rel=2) RR(rel=2)@10 R(rel=2)@100 R(rel=2)@1000")
        let evaluated = EvaluatedRun(
            try Run(path: folder.appendingPathComponent("\(name).run").path),
            against: try Qrels(path: folder.appendingPathComponent("qrels.txt").path), measures: measures)
        for (mean, answer) in zip(evaluated.means, answers) { #expect(abs(mean - answer) < 0.00005 + 1e-9) }
    }

    @Test func officialReciprocalRankFollowsTheRankColumnAndCountsAllJudgedQueries() throws {
        let qrels = try Qrels(judgements: [("1", "a", 1), ("2", "b", 1), ("3", "c", 1), ("4", "d", 1)])
        // Query 1's rows are out of order; query 4 is missing; query 3's passage is beyond the cutoff.
        let irrelevant = (1...10).map { "3\tn\($0)\t\($0)\n" }.joined()
        let rows = "1\tx\t3\n1\ta\t2\n1\ty\t1\n2\tb\t1\n\(irrelevant)3\tc\t11\n"
        let run = try Fixtures.withFile(rows) { try Run(path: $0) }
        let measures = try Measure.list("MSMARCO_MRR@10 RR@10")
        let evaluated = EvaluatedRun(run, against: qrels, measures: measures)
        #expect(evaluated.means == [0.375, 0.375])
    }

    @Test func officialReciprocalRankIgnoresTies() throws {
        let qrels = try Qrels(judgements: [("1", "b", 1)])
        let run = try Fixtures.withFile("1 Q0 b 1 5 t\n1 Q0 a 2 5 t\n1 Q0 c 3 5 t\n") { try Run(path: $0) }
        let evaluated = EvaluatedRun(run, against: qrels, measures: try Measure.list("MSMARCO_MRR@10 RR@10 RR"))
        #expect(evaluated.means == [1, 0.5, 0.5])
    }

    @Test func scoresThatDifferOnlyBeyondSinglePrecisionAreTies() throws {
        let qrels = try Qrels(judgements: [("1", "a", 1)])
        let run = try Fixtures.withFile("1 Q0 a 1 10.0000001 t\n1 Q0 b 2 10 t\n") { try Run(path: $0) }
        let evaluated = EvaluatedRun(run, against: qrels, measures: try Measure.list("RR RR@10"))
        #expect(evaluated.means == [0.5, 1])
    }

    @Test func rankBiasedPrecisionWithoutThresholdTakesGradesAsGains() throws {
        let qrels = try Qrels(judgements: [("1", "a", 2), ("1", "b", 4), ("1", "c", 0)])
        let run = try Run(
            name: "r",
            rankings: [("1", [.init(docno: "a", score: 3), .init(docno: "c", score: 2), .init(docno: "b", score: 1)])])
        let evaluated = EvaluatedRun(run, against: qrels, measures: try Measure.list("RBP(p=0.5) RBP(p=0.5)@2"))
        #expect(abs(evaluated.means[0] - 0.375) < 1e-12)
        #expect(abs(evaluated.means[1] - 0.25) < 1e-12)
    }

    @Test func queriesWithoutCounterpartAreNamed() throws {
        let run = try Fixtures.withFile("9 Q0 a 1 1 t\n1 Q0 a 1 1 t\n8 Q0 a 1 1 t\n") { try Run(path: $0) }
        let qrels = try Fixtures.withFile("1 0 a 1\n2 0 a 1\n") { try Qrels(path: $0) }
        let evaluated = EvaluatedRun(run, against: qrels, measures: try Measure.list("P@1"))
        #expect(evaluated.means == [0.5])
        #expect(evaluated.warnings.count == 2)
        #expect(evaluated.warnings[0].line == 1 && evaluated.warnings[0].message.contains("query 9"))
        #expect(evaluated.warnings[0].message.contains("1 more"))
        #expect(evaluated.warnings[1].line == 2 && evaluated.warnings[1].message.contains("query 2"))
    }
}
