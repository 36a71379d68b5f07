import Corpus
import Foundation
import Testing

@Suite struct CommandTests {
    private static let corpus = """
        dia\tDia is an editor for diagrams, charts and network drawings.
        gzip\tCompresses files with Lempel-Ziv coding.
        this line has no tab
        nmap\tExplores a network and audits its security by scanning ports.
        photorec\tRecovers deleted photos and other files from memory cards.
        dia\tDia draws structured diagrams such as flow charts and network plans.
        """

    @Test func indexesSearchesVerifiesAndEvaluates() throws {
        let work = try Workspace([
            "corpus.tsv": Self.corpus, "queries.tsv": "1\tdraw diagrams of a network\n2\tundelete pictures\n",
            "qrels.txt": "1 0 dia 1\n2 0 photorec 1\n",
        ])
        let place = ["--indexes", work["indexes"]]
        let indexed = try CommandLineRun(["index", "--index", "demo", work["corpus.tsv"], "--json"] + place)
        #expect(indexed.status == 0)
        let summary = try indexed.json
        #expect(summary["added"] == 5 && summary["replaced"] == 1 && summary["broken"] == 1)
        #expect(indexed.errors.contains("corpus.tsv:3"))

        let searched = try CommandLineRun(["search", "--index", "demo", "draw diagrams of a network"] + place)
        #expect(try searched.json["hits"]?.arrayValue?.first?["id"] == "dia")
        let verified = try CommandLineRun(["verify", "--index", "demo"] + place)
        #expect(verified.status == 0 && verified.output.contains("sound"))
        let inspected = try CommandLineRun(["inspect", "--index", "demo", "--json"] + place)
        #expect(try inspected.json["statistics"]?["passages"] == 4)

        let evaluated = try CommandLineRun(
            [
                "evaluate", "--index", "demo", "--queries", work["queries.tsv"], "--qrels", work["qrels.txt"], "--json",
                "--run", work["out.run"],
            ] + place)
        #expect(evaluated.status == 0)
        let measures = try #require(try evaluated.json["measures"])
        #expect(measures["nDCG@10"]?.numberValue ?? 0 >= 0.5)
        #expect(try evaluated.json["milliseconds"]?["colbert"]?["p50"]?.numberValue ?? 0 > 0)
        let again = try CommandLineRun(
            ["evaluate", "--run", work["out.run"], "--qrels", work["qrels.txt"], "--json"])
        #expect(try again.json["measures"] == measures)

        let reranked = try CommandLineRun([
            "rerank", "--run", work["out.run"], "--collection", work["corpus.tsv"], "--queries", work["queries.tsv"],
            "--stages", "colbert:10", "--output", work["again.run"],
        ])
        // The corpus has a broken line, which a re-ranker cannot skip in silence.
        #expect(reranked.status == 1 && reranked.errors.contains("corpus.tsv:3"))
    }

    @Test func standardInputAndLexicalIndexes() throws {
        let work = try Workspace()
        let place = ["--indexes", work["indexes"]]
        let input = #"{"id": "a", "contents": "a red apple"}"# + "\n" + #"{"id": "b", "contents": "a green pear"}"#
        let indexed = try CommandLineRun(["index", "--index", "fruit", "--lexical-only", "-"] + place, input: input)
        #expect(indexed.status == 0)
        let found = try CommandLineRun(["search", "--index", "fruit", "pears", "--json"] + place)
        #expect(try found.json["hits"]?.arrayValue?.compactMap { $0["id"]?.stringValue } == ["b"])
    }

    @Test func fatalErrorsStopAndKeepWhatCameBefore() throws {
        let work = try Workspace(["corpus.tsv": Self.corpus])
        let run = try CommandLineRun([
            "index", "--index", "demo", "--lexical-only", "--on-error", "fatal", work["corpus.tsv"], "--indexes",
            work["indexes"],
        ])
        #expect(run.status == 1)
        #expect(run.errors.contains("corpus.tsv:3"))
        #expect(run.output.contains("2 passages added"))
    }

    @Test(
        arguments: [
            ([], 0), (["--help"], 0), (["--version"], 0), (["nonsense"], 2), (["search"], 2),
            (["search", "--index", "x", "y", "--pipeline", "bm26"], 2), (["index", "--index", "x"], 2),
            (["search", "--index", "absent", "x", "--indexes", "/nonexistent"], 1),
            (["verify", "--index", "../x"], 1), (["evaluate", "--qrels", "/nonexistent"], 2),
            (["evaluate", "--run", "/nonexistent", "--qrels", "/nonexistent"], 1),
            (["models", "inspect", "/nonexistent"], 1),
            (["search", "--index", "x", "y", "--config", "/nonexistent"], 1),
        ] as [([String], Int32)])
    func exitStatuses(arguments: [String], status: Int32) throws {
        let run = try CommandLineRun(arguments)
        #expect(run.status == status, "\(arguments): \(run.errors)")
        if status != 0 { #expect(!run.errors.isEmpty && run.output.isEmpty || run.status == 1) }
    }

    @Test func modelsCanBeLookedAt() throws {
        let inspected = try CommandLineRun(["models", "inspect", "models/passerine-small/encoder"])
        #expect(inspected.status == 0)
        for word in ["colbert", "tildev2", "384"] { #expect(inspected.output.contains(word)) }
        let tokenized = try CommandLineRun(
            ["models", "tokenize", "models/passerine-small/encoder"], input: "Hello, world\n\nunaffable\n")
        #expect(tokenized.output == "7592 1010 2088\n\n14477 20961 3468\n")
    }
}
