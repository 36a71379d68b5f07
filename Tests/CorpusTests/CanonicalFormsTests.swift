import Corpus
import Foundation
import JSON
import Testing

/// Names and headings are compared by their code points, and a combining mark behind a separator hides none.
@Suite struct CanonicalFormsTests {
    @Test func headingsThatLookAlikeAreTwo() throws {
        let folder = try TemporaryFolder(["a.md": "# \u{E9}t\u{E9}\n1\n# e\u{301}te\u{301}\n2\n# \u{E9}t\u{E9}\n3\n"])
        let content = try CorpusContent([folder.path])
        #expect(
            content.passages.map { CodePoints($0.id) }
                == ["a.md#\u{E9}t\u{E9}", "a.md#e\u{301}te\u{301}", "a.md#\u{E9}t\u{E9}-1"])
    }

    @Test func filesWhoseNamesBeginWithAMark() throws {
        // Foundation finds no folder in the path of such a file, so it is there first.
        let folder = try TemporaryFolder(["a/.gitignore": "*y.txt\n", ".\u{301}z.txt": "hidden"])
        for (name, text) in ["x": "kept", "y": "no"] { try folder.write("a/\u{301}\(name).txt", text) }
        let content = try CorpusContent([folder.path])
        #expect(content.passages.map { CodePoints($0.id) } == ["a/\u{301}x.txt:1"])
    }

    @Test func filesOfTwoFolders() throws {
        let folder = try TemporaryFolder(["a/\u{E9}.txt": "1", "b/e\u{301}.txt": "2", "c/\u{E9}.txt": "3"])
        let content = try CorpusContent(["a", "b", "c"].map { folder.path + "/" + $0 })
        #expect(
            content.passages.map { CodePoints($0.id) }
                == ["\u{E9}.txt:1", "e\u{301}.txt:1", CodePoints(folder.path + "/c/\u{E9}.txt:1")])
    }

    @Test func marksOnSpacesAndQuotationMarksStay() throws {
        let folder = try TemporaryFolder([
            "a.md": "---\ntitle: \"\u{301}x\"\n---\nbody \u{301}\n", "b.txt": " \u{301}\n",
        ])
        let content = try CorpusContent([folder.path])
        #expect(content.passages.map { $0.metadata["title"] } == [.string("\u{301}x"), nil])
        #expect(content.passages.map { CodePoints($0.text) } == ["\u{301}x\n\nbody \u{301}", " \u{301}"])
    }

    @Test func marksInHeadings() throws {
        let folder = try TemporaryFolder([
            "a.md": "# \u{301}x #\n1\n# a [\u{301}b](c) `\u{301}d` {#\u{301}e}\n2\n"
        ])
        let content = try CorpusContent([folder.path])
        #expect(content.passages.map { $0.metadata["title"] } == [.string("\u{301}x"), .string("a \u{301}b \u{301}d")])
        #expect(content.passages.map { CodePoints($0.id) } == ["a.md#x", "a.md#\u{301}e"])
    }

    @Test func metadataKeepsEveryMember() throws {
        let passage = try Passage(
            json: JSONValue(parsing: "{\"id\": 1, \"text\": \"t\", \"metadata\": {\"\u{E9}\": 1, \"e\u{301}\": 2}}"))
        #expect(passage.metadata == ["\u{E9}": 1, "e\u{301}": 2])
        #expect(try Passage(json: passage.json) == passage)
    }
}
