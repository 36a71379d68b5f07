import Evaluation
import Foundation
import Testing

struct ComparisonTests {
    let qrels: Qrels
    let runs: [Run]
    let measures: [Measure]

    /// Twenty queries; the second run finds the passage one rank further down on even ones, the third always first.
    init() throws {
        let names = (1...20).map { "q\($0)" }
        qrels = try Qrels(judgements: names.map { ($0, "right", 1) })
        func run(_ name: String, rank: (Int) -> Int) throws -> Run {
            try Run(
                name: name,
                rankings: names.enumerated().map { index, query in
                    var docnos = ["a", "b", "c"]
                    docnos.insert("right", at: rank(index) - 1)
                    return (query, docnos.enumerated().map { .init(docno: $1, score: Double(-$0)) })
                })
        }
        runs = [
            try run("base") { 2 + $0 % 2 }, try run("worse") { _ in 3 }, try run("b<e>st & \"all\"") { _ in 1 },
        ]
        measures = try Measure.list("RR@10 P@1")
    }

    /// Fewer drawings than a paper would want: these tests are of what is done with the figures.
    var quick: Comparison.Options {
        var options = Comparison.Options()
        options.permutations = 1000
        options.resamples = 200
        return options
    }

    func systems(timed: Bool = false) -> [Comparison.System] {
        runs.enumerated().map { index, run in
            let time = [Double](repeating: Double(index + 1), count: 20)
            return Comparison.System(
                run, latencies: timed ? Latencies(stages: ["bm25"], milliseconds: [time]) : nil,
                provenance: Provenance(version: "1.0", indexFingerprint: "abc", models: ["encoder": "f00"]))
        }
    }

    @Test func systemsAreComparedWithTheFirst() throws {
        var options = quick
        options.movedQueries = 2
        let report = try Comparison(
            systems: systems(), qrels: qrels, measures: measures, queryTexts: ["q1": "what <is> it"], options: options
        ).report
        #expect(report.pairs.map(\.system) == ["worse", runs[2].name, "worse", runs[2].name])
        #expect(report.pairs.allSatisfy { $0.baseline == "base" })
        let worse = report.pairs[0]
        #expect((worse.wins, worse.ties, worse.losses) == (0, 10, 10))
        #expect(worse.moved.map(\.query) == ["q17", "q19"])
        #expect(abs(worse.tTest.difference + 1.0 / 12) < 1e-12)
        let best = report.pairs[1]
        #expect((best.wins, best.ties, best.losses) == (20, 0, 0))
        #expect(best.moved.map(\.query) == ["q2", "q4"])
        #expect(best.tTest.probability < 1e-9)
        // Holm over the two comparisons of the measure.
        #expect(best.correctedT == 2 * best.tTest.probability)
        #expect(worse.correctedT == worse.tTest.probability)
        #expect(report.systems.map { $0.measures["P@1"] } == [0, 0, 1])
        #expect(report.systems.map { $0.recallCurve.last?.recall } == [1, 1, 1])
    }

    @Test func allPairsOrANamedBaseline() throws {
        var options = quick
        options.baseline = .none
        let all = try Comparison(systems: systems(), qrels: qrels, measures: measures, options: options).report
        #expect(all.pairs.count == 6)
        options.baseline = .named("worse")
        let named = try Comparison(systems: systems(), qrels: qrels, measures: measures, options: options).report
        #expect(named.pairs.map(\.baseline) == ["worse", "worse", "worse", "worse"])
        options.baseline = .named("missing")
        #expect(throws: ComparisonError.self) {
            try Comparison(systems: systems(), qrels: qrels, measures: measures, options: options)
        }
    }

    @Test func whatCannotBeComparedIsSaid() {
        #expect(throws: ComparisonError.self) { try Comparison(systems: [], qrels: qrels, measures: measures) }
        #expect(throws: ComparisonError.self) { try Comparison(systems: systems(), qrels: qrels, measures: []) }
        let twice = [systems()[0], systems()[0]]
        #expect(throws: ComparisonError.self) { try Comparison(systems: twice, qrels: qrels, measures: measures) }
    }

    @Test func theFrontIsOfTheFirstMeasureAndTheMedianLatency() throws {
        let report = try Comparison(systems: systems(timed: true), qrels: qrels, measures: measures, options: quick)
            .report
        #expect(report.systems.map(\.onParetoFront) == [true, false, true])
        let untimed = try Comparison(systems: systems(), qrels: qrels, measures: measures, options: quick).report
        #expect(untimed.systems.map(\.onParetoFront) == [nil, nil, nil])
    }

    @Test func theJSONReadsBackAndCarriesTheMeasures() throws {
        let report = try Comparison(systems: systems(timed: true), qrels: qrels, measures: measures, options: quick)
            .report
        let json = try report.json()
        #expect(try JSONDecoder().decode(ComparisonReport.self, from: json) == report)
        let object = try #require(JSONSerialization.jsonObject(with: json) as? [String: Any])
        let first = try #require((object["systems"] as? [[String: Any]])?.first)
        #expect((first["measures"] as? [String: Double])?["RR@10"] == report.systems[0].measures["RR@10"])
    }

    @Test func tablesEscapeWhatTheirLanguagesTakeForMarkup() throws {
        let report = try Comparison(
            systems: systems(timed: true), qrels: qrels, measures: measures, queryTexts: ["q2": "pipes | and <b>"],
            options: quick
        ).report
        let markdown = report.markdown()
        #expect(markdown.contains("b\\<e\\>st & \"all\""))
        #expect(markdown.contains("pipes \\| and \\<b\\>"))
        #expect(markdown.contains("**1.0000**†"))
        let latex = report.latex()
        #expect(
            latex.contains("b<e>st \\& \"all\" & \\textbf{1.0000}$^{\\dagger}$ & \\textbf{1.0000}$^{\\dagger}$ \\\\"))
        #expect(latex.contains("RR@10 & P@1 \\\\"))
    }

    @Test func theHTMLReportIsWellFormedAndNeedsNothingElse() throws {
        let report = try Comparison(
            systems: systems(timed: true), qrels: qrels, measures: measures,
            queryTexts: ["q2": "<script>alert(1)</script>"], options: quick
        ).report
        let html = report.html()
        #expect(!html.contains("<script") && html.contains("&lt;script&gt;"))
        for reference in ["http://", "https://", "src=", "@import", "url("] { #expect(!html.contains(reference)) }
        for section in ["Effectiveness", "Recall", "Differences", "Latency", "Provenance", "Method"] {
            #expect(html.contains("<h2>\(section)</h2>"))
        }
        // Bars for two measures, recall, two differences, latency and the front, each in a figure.
        #expect(html.components(separatedBy: "<figure>").count - 1 == 7)
        #expect(unbalancedTag(in: html) == nil)
        let numbers = html.replacingOccurrences(of: "Provenance", with: "")
        #expect(!numbers.contains("nan") && !numbers.contains("inf\""))
    }

    @Test func oneSystemAloneIsReportedWithoutTests() throws {
        let report = try Comparison(systems: [systems()[0]], qrels: qrels, measures: measures, options: quick).report
        #expect(report.pairs.isEmpty)
        #expect(!report.markdown().contains("†"))
        #expect(!report.html().contains("Differences"))
        #expect(unbalancedTag(in: report.html()) == nil)
    }

    /// The first closing tag that does not match, or an element left open; `nil` for well-formed markup.
    private func unbalancedTag(in html: String) -> String? {
        var open: [Substring] = []
        for piece in html.split(separator: "<").dropFirst() {
            guard let end = piece.firstIndex(of: ">") else { continue }
            let tag = piece[..<end]
            let name = tag.prefix { $0.isLetter || $0.isNumber || $0 == "/" || $0 == "!" }
            if name.hasPrefix("/") {
                guard open.popLast() == name.dropFirst() else { return String(tag) }
            } else if !tag.hasSuffix("/"), !["meta", "!DOCTYPE"].contains(name) {
                open.append(name)
            }
        }
        return open.last.map(String.init)
    }
}
