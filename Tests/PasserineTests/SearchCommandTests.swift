import Corpus
import Foundation
import Testing

/// What `passerine search` can be asked beside its query.
@Suite struct SearchCommandTests {
    private static let corpus = """
        {"id": "dia", "text": "Draws network diagrams.", "section": "graphics", "size": 3}
        {"id": "nmap", "text": "Explores a network.", "section": "net", "size": 7}
        {"id": "dig", "text": "Asks a network's name servers.", "section": "net", "size": 1}
        """

    @Test func filtersPagesCountsAndHighlights() throws {
        let work = try Workspace(["corpus.jsonl": Self.corpus])
        let place = ["--indexes", work["indexes"], "--index", "demo"]
        let index = ["index", work["corpus.jsonl"], "--lexical-only"] + place
        #expect(try CommandLineRun(index + ["--fields", "section,size"]).status == 0)
        #expect(try CommandLineRun(["inspect"] + place).output.contains("section, size"))
        #expect(try CommandLineRun(["inspect", "--json"] + place).json["settings"]?["fields"] == ["section", "size"])
        #expect(try CommandLineRun(["verify"] + place).status == 0)

        let found = try CommandLineRun(
            [
                "search", "networks", "--filter", #"{"size": {"gt": 2}}"#, "--facets", "section", "--highlight",
                "--offset", "1", "--k", "1",
            ] + place)
        let json = try found.json
        #expect(json["hits"]?.arrayValue?.compactMap { $0["id"]?.stringValue } == ["nmap"])
        #expect(json["hits"]?.arrayValue?.first?["rank"] == 2)
        #expect(json["hits"]?.arrayValue?.first?["highlights"] == [[11, 18]])
        #expect(json["facets"]?["section"] == [["value": "graphics", "count": 1], ["value": "net", "count": 1]])

        // The fields are fixed: the same again are no change, others are refused.
        #expect(try CommandLineRun(index + ["--again", "--fields", "size,section"]).status == 0)
        let other = try CommandLineRun(index + ["--again", "--fields", "year"])
        #expect(other.status != 0 && other.errors.contains("section,size"))
    }

    @Test(arguments: [
        (["--filter", "{"], "--filter: invalid JSON"),
        (["--filter", #"{"size": {"gt": []}}"#], "--filter.size.gt must"),
        (["--facets", "a,a"], "each named once"), (["--offset", "10000"], "offset is 10000"),
    ])
    func badOptionsAreRefusedInWords(options: [String], message: String) throws {
        let work = try Workspace(["corpus.jsonl": Self.corpus])
        let place = ["--indexes", work["indexes"], "--index", "demo"]
        #expect(try CommandLineRun(["index", work["corpus.jsonl"], "--lexical-only"] + place).status == 0)
        let run = try CommandLineRun(["search", "network"] + options + place)
        #expect(run.status != 0)
        #expect(run.errors.contains(message), "\(run.errors)")
    }
}
