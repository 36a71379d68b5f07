import Corpus
import Foundation
import Testing

/// Files whose first line names the columns, as the Wikipedia passages of DPR have them.
@Suite struct TabSeparatedHeaderTests {
    @Test func columnsAreReadByTheirNames() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "w.tsv",
            """
            id\ttext\ttitle
            1\t"The ""Reef"" is
            """
                + "\twide\"\tReefs\r\n2\tplain \"quoted\" words\t\"A \"\"B\"\"\"\n\n3\tshort\n4\ta\tb\tc\n5\t\"open\tT\n6\tx\t\n"
        )
        let content = try CorpusContent([path])
        #expect(content.passages.map(\.id) == ["1", "2", "5", "6"])
        #expect(
            content.passages.map(\.text) == [
                "Reefs The \"Reef\" is\twide", "A \"B\" plain \"quoted\" words", "T \"open", "x",
            ])
        #expect(content.passages[0].metadata == ["title": "Reefs"] && content.passages[3].metadata.isEmpty)
        #expect(content.errors.map(\.line) == [5, 6])
        #expect(content.errors.allSatisfy { $0.message.contains("names 3 (id, text, title)") })
        #expect(content.sources.map(\.line) == [2, 3, 7, 8])
    }

    @Test(arguments: [
        ("\u{FEFF}ID\tText\n1\tx\n", ["1"]), ("\"id\"\t\"text\"\n1\tx\n", ["1"]),
        ("pid\ttitle\tpassage\turl\n1\tT\tx\tu\n", ["1"]),
        // No header: a text is more than a name, and an id of its own.
        ("id\ttext of a passage\n1\tx\n", ["id", "1"]), ("1\ttext\n2\tx\n", ["1", "2"]), ("id\tname\n", ["id"]),
        ("x\ty\nid\ttext\n", ["x", "id"]), ("id\ttext\n", []),
    ])
    func whatIsAHeader(text: String, ids: [String]) throws {
        let folder = try TemporaryFolder()
        let content = try CorpusContent([folder.write("c.tsv", text)])
        #expect(content.errors.isEmpty)
        #expect(content.passages.map(\.id) == ids)
    }

    @Test func otherColumnsAreMetadata() throws {
        let folder = try TemporaryFolder(["c.tsv": "docid\turl\tcontents\n7\thttp://x.y\twords\n"])
        let content = try CorpusContent([folder.path + "/c.tsv"], options: CorpusOptions(format: .tsv))
        #expect(content.passages == [Passage(id: "7", text: "words", metadata: ["url": "http://x.y"])])
    }

    @Test func readingGoesOnByTheHeader() throws {
        let folder = try TemporaryFolder(["c.tsv": "id\ttext\ttitle\n1\ta\tA\n2\tb\tB\n3\tc\tC\n"])
        let path = folder.path + "/c.tsv"
        let reader = try CorpusReader(paths: [path])
        _ = reader.next()
        let rest = try CorpusContent([path], from: reader.position)
        #expect(rest.passages.map(\.text) == ["B b", "C c"])
    }
}
