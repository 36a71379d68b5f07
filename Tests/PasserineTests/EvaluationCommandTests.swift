import Corpus
import Foundation
import Testing

@Suite struct EvaluationCommandTests {
    private static let qrels = "1 0 a 1\n1 0 b 0\n2 0 b 2\n3 0 c 1\n"
    private static let good = "1 Q0 a 1 3.0 good\n1 Q0 b 2 2.0 good\n2 Q0 b 1 1.0 good\n3 Q0 c 1 5.0 good\n"
    private static let poor = "1 Q0 b 1 3.0 poor\n1 Q0 a 2 2.0 poor\n2 Q0 a 1 1.0 poor\n"

    @Test func runsAreComparedInEveryForm() throws {
        let work = try Workspace(["qrels.txt": Self.qrels, "good.run": Self.good, "poor.run": Self.poor])
        let run = try CommandLineRun([
            "evaluate", "--run", work["poor.run"], "--run", work["good.run"], "--qrels", work["qrels.txt"],
            "--measures",
            "RR@10", "--report", work["c.html"], "--report", work["c.md"], "--report", work["c.tex"], "--report",
            work["c.json"], "--json",
        ])
        #expect(run.status == 0, "\(run.errors)")
        let systems = try #require(try run.json["systems"]?.arrayValue)
        #expect(systems.compactMap { $0["name"]?.stringValue } == ["poor", "good"])
        #expect(systems.compactMap { $0["measures"]?["RR@10"]?.numberValue } == [0.5 / 3, 1])
        for (name, word) in [
            ("c.html", "<svg"), ("c.md", "| good |"), ("c.tex", "\\begin{tabular}"), ("c.json", "pairs"),
        ] {
            #expect(try String(contentsOfFile: work[name], encoding: .utf8).contains(word), "\(name)")
        }
    }

    @Test func thresholdsAndPerQueryValues() throws {
        let work = try Workspace(["qrels.txt": Self.qrels, "good.run": Self.good])
        let run = try CommandLineRun([
            "evaluate", "--run", work["good.run"], "--qrels", work["qrels.txt"], "--relevance", "2", "--per-query",
            "--json",
        ])
        let report = try run.json
        #expect(report["queries"] == 3)
        #expect(abs((report["measures"]?["RR(rel=2)@10"]?.numberValue ?? .nan) - 1.0 / 3) < 1e-12)
        #expect(report["per_query"]?["2"]?["RR(rel=2)@10"] == 1)
    }

    @Test(arguments: [
        ("1 Q0 a 1 nan x\n", "line 1|:1:"), ("1 Q0 a 1 2.0 x\n1 Q0 a 2 1.0 x\n", ":2:"), ("1 Q0 a\n", ":1:"),
        ("1 Q0 a 1 2.0 x\n1 Q0\n", ":2:"), ("", "holds no results"),
    ])
    func brokenRunsAreNamedByFileAndLine(run: String, place: String) throws {
        let work = try Workspace(["qrels.txt": Self.qrels, "broken.run": run])
        let result = try CommandLineRun(["evaluate", "--run", work["broken.run"], "--qrels", work["qrels.txt"]])
        #expect(result.status == 1)
        #expect(result.errors.contains("broken.run"))
        #expect(place.split(separator: "|").contains { result.errors.contains($0) }, "\(result.errors)")
    }

    @Test func presetsKnowFilesAndMeasures() throws {
        let work = try Workspace(["queries.tsv": "1\tx\n2\ty\n3\tz\n", "qrels.txt": Self.qrels, "good.run": Self.good])
        let run = try CommandLineRun([
            "evaluate", "--run", work["good.run"], "--qrels", work["qrels.txt"], "--dataset", "dl19", "--json",
        ])
        #expect(run.status == 0, "\(run.errors)")
        #expect(try run.json["measures"]?["RR(rel=2)@10"] != nil)
        let unknown = try CommandLineRun([
            "evaluate", "--run", work["good.run"], "--qrels", work["qrels.txt"], "--dataset", "dl18",
        ])
        #expect(unknown.status == 1 && unknown.errors.contains("dl20"))
    }

    @Test func tuningWritesAConfigurationThatWorks() throws {
        let work = try Workspace([
            "corpus.tsv": (0..<30).map { "p\($0)\tword\($0) word\($0 % 7) common text" }.joined(separator: "\n"),
            "queries.tsv": (0..<10).map { "\($0)\tword\($0) common" }.joined(separator: "\n"),
            "qrels.txt": (0..<10).map { "\($0) 0 p\($0) 1" }.joined(separator: "\n"),
        ])
        let place = ["--indexes", work["indexes"]]
        let indexed = try CommandLineRun(["index", "--index", "demo", "--lexical-only", work["corpus.tsv"]] + place)
        #expect(indexed.status == 0, "\(indexed.errors)")
        let tuned = try CommandLineRun(
            [
                "tune", "--index", "demo", "--queries", work["queries.tsv"], "--qrels", work["qrels.txt"], "--k1",
                "0.5,1",
                "--b", "0,0.5", "--tildev2-keep", "0", "--colbert-keep", "0", "--output", work["tuned.yaml"], "--json",
            ]
                + place)
        #expect(tuned.status == 0, "\(tuned.errors)")
        #expect(try tuned.json["selection"]?["held_out_mean"]?.numberValue ?? 0 > 0.5)
        let searched = try CommandLineRun(
            ["search", "--index", "demo", "word3", "--config", work["tuned.yaml"]] + place)
        #expect(try searched.json["hits"]?.arrayValue?.first?["id"] == "p3", "\(searched.errors)")
    }
}
