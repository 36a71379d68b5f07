import Evaluation
import Foundation
import JSON
import Testing

/// Identifiers that Unicode calls canonically equivalent are different queries, passages and systems.
@Suite struct CanonicalFormsTests {
    private static let composed = "\u{E9}"
    private static let decomposed = "e\u{301}"

    private static var quick: Comparison.Options {
        var options = Comparison.Options()
        (options.permutations, options.resamples) = (200, 200)
        return options
    }

    private static func qrels() throws -> Qrels {
        try Qrels(judgements: [(composed, "a", 1), (decomposed, "b", 1)])
    }

    private static func run(_ name: String = "mine") throws -> Run {
        try Fixtures.withFile("\(composed) Q0 a 1 2.0 t\n\(decomposed) Q0 x 1 2.0 t\n\(decomposed) Q0 b 2 1.0 t\n") {
            try Run(path: $0, name: name)
        }
    }

    @Test func queriesStayApart() throws {
        let (qrels, run) = (try Self.qrels(), try Self.run())
        #expect(run.queries.count == 2)
        #expect(run.hits(of: Self.decomposed).map(\.docno) == ["x", "b"])
        #expect(qrels.grade(query: Self.composed, docno: "b") == nil)
        let evaluated = EvaluatedRun(run, against: qrels, measures: try Measure.list("RR@10"))
        #expect(evaluated.values == [[1, 0.5]])
        #expect(evaluated.warnings.isEmpty)
        let some = try qrels.restricted(to: ["e\u{301}"])
        #expect(some.queries.map { CodePoints($0) } == ["e\u{301}"])
    }

    @Test func passagesStayApart() throws {
        let run = try Fixtures.withFile("q Q0 \(Self.composed) 1 2.0 t\nq Q0 \(Self.decomposed) 2 1.0 t\n") {
            try Run(path: $0)
        }
        let qrels = try Qrels(judgements: [("q", Self.composed, 0), ("q", Self.decomposed, 1)])
        let evaluated = EvaluatedRun(run, against: qrels, measures: try Measure.list("RR@10"))
        #expect(evaluated.means == [0.5])
    }

    @Test func aReportNamesBoth() throws {
        let (qrels, run) = (try Self.qrels(), try Self.run())
        let evaluated = EvaluatedRun(run, against: qrels, measures: try Measure.list("RR@10"))
        let json = try EvaluationReport(evaluated, run: run, qrels: qrels, perQuery: true).json()
        #expect(json["per_query"] == ["\u{E9}": ["RR@10": 1], "e\u{301}": ["RR@10": 0.5]])
    }

    @Test func queriesOfAFile() throws {
        // The last text begins with a combining mark, which makes one character of it and the tab.
        let content = "\(Self.composed)\tone\n\(Self.decomposed)\ttwo\nq\t\u{301}three\n"
        let queries = try Fixtures.withFile(content) { try Queries(path: $0) }
        #expect(queries.texts["\u{E9}"] == "one")
        #expect(queries.texts["e\u{301}"] == "two")
        #expect(queries.texts["q"].map { CodePoints($0) } == "\u{301}three")
    }

    @Test("markup with a combining mark behind it is escaped too")
    func markup() throws {
        let names = ["a|\u{301}b%\u{301}c", "d<\u{301}e&\u{301}f"]
        let systems = try names.map { Comparison.System(try Self.run($0)) }
        let report = try Comparison(
            systems: systems, qrels: Self.qrels(), measures: Measure.list("RR@10"), options: Self.quick
        ).report
        func holds(_ text: String, _ part: String) -> Bool {
            Data(text.utf8).range(of: Data(part.utf8)) != nil
        }
        #expect(holds(report.markdown(), "a\\|\u{301}b%\u{301}c") && holds(report.markdown(), "d\\<\u{301}e&\u{301}f"))
        #expect(holds(report.latex(), "a|\u{301}b\\%\u{301}c") && holds(report.latex(), "d<\u{301}e\\&\u{301}f"))
        #expect(holds(report.html(), "a|\u{301}b%\u{301}c") && holds(report.html(), "d&lt;\u{301}e&amp;\u{301}f"))
    }

    @Test func systemsAndFolds() throws {
        let qrels = try Self.qrels()
        let measures = try Measure.list("RR@10")
        let systems = [try Self.run(Self.composed), try Self.run(Self.decomposed)].map { Comparison.System($0) }
        let report = try Comparison(
            systems: systems, qrels: qrels, measures: measures, queryTexts: ["\u{E9}": "one", "e\u{301}": "two"],
            options: Self.quick
        ).report
        #expect(report.systems.count == 2)
        #expect(report.systems.map(\.name).map { CodePoints($0) } == ["\u{E9}", "e\u{301}"])
        #expect(report.pairs.map { CodePoints($0.baseline) } == ["\u{E9}"])
        let folds = CrossValidation.folds(of: qrels.queries, count: 2)
        #expect(folds.allSatisfy { $0.training.count == 1 && $0.test.count == 1 })
        let selection = try #require(
            CrossValidation.select(values: [[1, 0], [0, 1]], queries: qrels.queries, folds: folds))
        // What is best on one query is worst on the one held out.
        #expect(selection.heldOutMean == 0)
    }
}
