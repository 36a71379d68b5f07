import Evaluation
import Foundation
import Testing

struct EvaluationReportTests {
    @Test func theJSONHoldsMeansAndQueriesUnderTheirNames() throws {
        let qrels = try Qrels(judgements: [("1", "a", 1), ("2", "b", 1)])
        let run = try Run(name: "mine", rankings: [("1", [.init(docno: "a", score: 1)])])
        let evaluated = EvaluatedRun(run, against: qrels, measures: try Measure.list("MRR@10 MAP(rel=1)"))
        let report = EvaluationReport(
            evaluated, run: run, qrels: qrels, perQuery: true, provenance: Provenance(version: "1.2"))
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(report.json().serialised().utf8)) as? [String: Any])
        #expect(object["measures"] as? [String: Double] == ["RR@10": 0.5, "AP": 0.5])
        #expect((object["per_query"] as? [String: [String: Double]])?["2"] == ["RR@10": 0, "AP": 0])
        #expect(object["queries"] as? Int == 2)
        #expect(object["answered"] as? Int == 1)
        #expect((object["provenance"] as? [String: Any])?["version"] as? String == "1.2")
        #expect(try JSONDecoder().decode(EvaluationReport.self, from: Data(report.json().serialised().utf8)) == report)
        let short = EvaluationReport(evaluated, run: run, qrels: qrels)
        #expect(short.perQuery == nil)
    }
}
