import Evaluation
import Testing

struct MeasureNotationTests {
    @Test(arguments: [
        ("nDCG@10", "nDCG@10"), ("NDCG@10", "nDCG@10"), ("MAP", "AP"), ("MAP@100", "AP@100"), ("MRR@10", "RR@10"),
        ("Recall@100", "R@100"), ("Precision@5", "P@5"), ("RBP(p=0.8)", "RBP"), ("RBP(rel=1)", "RBP(rel=1)"),
        ("RBP(rel=2, p=0.5)", "RBP(rel=2,p=0.5)"), ("P(rel=1)@10", "P@10"), ("AP(rel=2)", "AP(rel=2)"),
        ("BPref", "Bpref"), ("RPrec(rel=2)", "Rprec(rel=2)"), ("Judged@10", "Judged@10"),
        ("nDCG(judged_only=True)@10", "nDCG(judged_only=True)@10"), ("Success@1", "Success@1"),
    ])
    func namesAreReadAndWrittenAsIRMeasuresDoes(text: String, canonical: String) throws {
        let measure = try Measure(parsing: text)
        #expect(measure.description == canonical)
        #expect(try Measure(parsing: canonical) == measure)
    }

    @Test(arguments: [
        ("nDCG(rel=2)@10", "rel"), ("P", "cutoff"), ("P@0", "cutoff"), ("P@x", "whole number"),
        ("Foo@1", "unknown measure"),
        ("AP(rel=0)", "at least 1"), ("AP(rel=two)", "not a number"), ("AP(foo=1)", "unknown parameter"),
        ("AP(rel=2", "parenthesis"), ("AP@1@2", "more than one @"), ("Bpref@5", "cutoff"), ("RBP(p=1.5)", "between"),
        ("AP(p=0.5)", "p="), ("AP(rel)", "name=value"), ("", "unknown measure"),
    ])
    func mistakesAreNamed(text: String, words: String) throws {
        let error = #expect(throws: MeasureError.self) { try Measure(parsing: text) }
        #expect(error?.description.contains(words) == true)
    }

    @Test func listsAreSplitOutsideParentheses() throws {
        let measures = try Measure.list("nDCG@10, RBP(rel=1, p=0.5) AP(rel=2),AP(rel=2)\nR@100")
        #expect(measures.map(\.description) == ["nDCG@10", "RBP(rel=1,p=0.5)", "AP(rel=2)", "R@100"])
        #expect(throws: MeasureError.self) { try Measure.list(" , ") }
    }

    @Test func aThresholdAppliesToMeasuresThatNameNone() throws {
        let measures = try Measure.list("nDCG@10 AP AP(rel=3) RBP(p=0.5) Judged@5 R(judged_only=True)@10")
        let raised = try measures.map { try $0.withRelevance(atLeast: 2).description }
        #expect(
            raised == [
                "nDCG@10", "AP(rel=2)", "AP(rel=3)", "RBP(rel=2,p=0.5)", "Judged@5", "R(rel=2,judged_only=True)@10",
            ])
        #expect(throws: MeasureError.self) { try measures[1].withRelevance(atLeast: 0) }
        #expect(try Measure.customary().map(\.description).prefix(3) == ["RR@10", "nDCG@10", "AP"])
    }
}
