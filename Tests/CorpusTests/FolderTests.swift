import Corpus
import Foundation
import Testing

@Suite struct FolderTests {
    @Test func folderOfNotes() throws {
        let folder = try TemporaryFolder([
            "b.md": "intro\n\n# Install\n## Debian\napt\n## Debian\nagain\n", "a/x y#1.txt": "Just words.",
            "a/page.html": "<title>Page</title><p>Body</p>", "c.rst": "no", ".hidden.md": "# no\n",
            ".git/x.md": "# no\n",
            "old/x.md": "# no\n", "drafts/keep.md": "# Keep\nthis\n", "drafts/drop.md": "# no\n",
            ".gitignore": "old/\n", "drafts/.gitignore": "*\n!keep.md\n",
        ])
        let content = try CorpusContent([folder.path + "/"])
        #expect(content.errors.isEmpty)
        #expect(
            content.passages.map(\.id) == [
                "a/page.html:1", "a/x%20y%231.txt:1", "b.md:1", "b.md#debian", "b.md#debian-1", "drafts/keep.md#keep",
            ])
        #expect(content.passages.map(\.text)[3] == "Install > Debian\n\napt")
        #expect(content.passages[3].metadata == ["path": "b.md", "line": 4, "title": "Install > Debian"])
        #expect(content.passages[0].metadata == ["path": "a/page.html", "line": 1, "title": "Page"])
        #expect(content.passages[1].metadata == ["path": "a/x y#1.txt", "line": 1])
        #expect(content.sources[3] == CorpusSource(path: folder.path + "/b.md", line: 4))
        #expect(try CorpusContent([folder.path]).passages == content.passages)

        var options = CorpusOptions()
        options.respectsGitIgnore = false
        #expect(try CorpusContent([folder.path], options: options).passages.count == 8)
    }

    @Test func singleFiles() throws {
        let folder = try TemporaryFolder(["a.md": "# A\nx\n", "b.HTML": "<h1>B</h1>y", "c.txt": "z"])
        let paths = ["a.md", "b.HTML", "c.txt"].map { folder.path + "/" + $0 }
        let content = try CorpusContent(paths)
        #expect(content.passages.map(\.text) == ["A\n\nx", "B\n\ny", "z"])
        #expect(content.passages.map(\.id) == [paths[0] + "#a", paths[1] + "#b", paths[2] + ":1"])
    }

    /// A folder's files are told by their names: tabs and braces in a text are text.
    @Test func textsWithTabsAreText() throws {
        let folder = try TemporaryFolder([
            "one/ports.txt": "ssh\t22\nhttp\t80\n", "two/ports.txt": "ssh\t2222\n",
            "log.txt": "{\"at\": 1} begun\n{\"at\": 2} ended\n", "rows.text": "{\"id\": \"1\", \"text\": \"x\"}\n",
            "two/more.md": "7\tseven\n",
        ])
        let content = try CorpusContent([folder.path])
        #expect(content.errors.isEmpty)
        #expect(
            content.passages.map(\.id) == [
                "log.txt:1", "one/ports.txt:1", "rows.text:1", "two/more.md:1", "two/ports.txt:1",
            ])
        #expect(content.passages[1].text == "ssh\t22\nhttp\t80")
        // One that is named itself is told by its content, and a format that is given decides everywhere.
        #expect(try CorpusContent([folder.path + "/two/ports.txt"]).passages.map(\.id) == ["ssh"])
        let rows = try CorpusContent([folder.path + "/one"], options: CorpusOptions(format: .tsv))
        #expect(rows.passages.map(\.id) == ["ssh", "http"])
    }

    /// Unicode calls these two names the same; the file system does not.
    @Test func namesAreComparedByTheirBytes() throws {
        let folder = try TemporaryFolder()
        try folder.write("e\u{301}.md", "# A\n1\n")
        try folder.write("\u{E9}.md", "# A\n2\n")
        let ids = try CorpusContent([folder.path]).passages.map(\.id)
        #expect(ids.map { Array($0.utf8) } == [Array("e\u{301}.md#a".utf8), Array("\u{E9}.md#a".utf8)])
    }

    @Test func aFileOfTheSameNameAsOneInAFolder() throws {
        let folder = try TemporaryFolder(["in/x.md": "# A\n1\n"])
        let reader = try CorpusReader(paths: [folder.path + "/in", folder.path + "/in/x.md"])
        var bases: [String?] = []
        while case .passage = reader.next() { bases.append(reader.base) }
        // Links to the temporary folder are followed.
        let real = URL(fileURLWithPath: folder.path + "/in").resolvingSymlinksInPath().path
        #expect(bases == [real, nil])
    }

    /// What is named and cannot be read is lost; what a folder holds besides is left out of it.
    @Test func losses() throws {
        let folder = try TemporaryFolder(["ok.md": "# A\nx\n", "none/x.rst": "no"])
        let latin = try folder.write("latin.md", [0x23, 0x20, 0xE9, 0x0A])
        let unknown = try folder.write("b.data", "some words\n")
        #expect(try CorpusContent([folder.path]).errors.map(\.isLoss) == [false])
        #expect(try CorpusContent([latin]).errors.map(\.isLoss) == [true])
        #expect(try CorpusContent([unknown]).errors.map(\.isLoss) == [true])
        #expect(try CorpusContent([folder.path + "/none"]).errors.map(\.isLoss) == [true])
        #expect(try CorpusContent([folder.write("c.tsv", "no tab\n")]).errors.map(\.isLoss) == [false])
    }

    @Test func twoFoldersWithFilesOfOneName() throws {
        let folder = try TemporaryFolder(["a/x.md": "# A\n1\n", "b/x.md": "# A\n2\n"])
        let content = try CorpusContent([folder.path + "/a", folder.path + "/b"])
        #expect(content.passages.map(\.id) == ["x.md#a", folder.path + "/b/x.md#a"])
    }

    @Test func filesThatCannotBeRead() throws {
        let folder = try TemporaryFolder([
            "ok.md": "# A\nx\n", "nul.txt": "a\0b", "big.txt": String(repeating: "x\n", count: 600),
        ])
        try folder.write("latin1.html", [0x3C, 0x70, 0x3E, 0xE9])
        try folder.write("line2.md", Array("ok\n".utf8) + [0xFF])
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/gone.md", withDestinationPath: folder.path + "/nowhere.md")
        var options = CorpusOptions()
        options.fileBytes = 1_000
        let content = try CorpusContent([folder.path], options: options)
        #expect(content.passages.map(\.id) == ["ok.md#a"])
        #expect(
            content.errors.map { ($0.path as NSString).lastPathComponent } == [
                "big.txt", "gone.md", "latin1.html", "line2.md", "nul.txt",
            ])
        #expect(content.errors.map(\.line) == [nil, nil, 1, 2, 1])
        #expect(content.errors.allSatisfy { $0.scope == .file })
    }

    @Test func linksCannotLoop() throws {
        let folder = try TemporaryFolder(["d/a.md": "# A\nx\n", "other/b.md": "# B\ny\n"])
        let files = FileManager.default
        try files.createSymbolicLink(atPath: folder.path + "/d/loop", withDestinationPath: folder.path)
        try files.createSymbolicLink(
            atPath: folder.path + "/d/link.md", withDestinationPath: folder.path + "/other/b.md")
        let content = try CorpusContent([folder.path + "/d"])
        #expect(content.passages.map(\.id) == ["a.md#a", "link.md#b"])
    }

    @Test func foldersWithoutAnythingToRead() throws {
        let folder = try TemporaryFolder(["c.tsv": "1\tx\n", "d.jsonl": "{\"id\":1,\"text\":\"y\"}\n"])
        let content = try CorpusContent([folder.path])
        #expect(content.passages.isEmpty)
        #expect(content.errors.first?.message.contains("name the format") == true)
        #expect(try CorpusContent([folder.path], options: CorpusOptions(format: .tsv)).passages.map(\.text) == ["x"])
        #expect(try CorpusContent([folder.path], options: CorpusOptions(format: .jsonl)).passages.map(\.text) == ["y"])
        try folder.write("a.md", "# A\nx")
        var options = CorpusOptions()
        options.files = 0
        #expect(throws: CorpusError.self) { try CorpusReader(paths: [folder.path], options: options) }
    }

    @Test func headingsOfOneName() throws {
        let folder = try TemporaryFolder(["a.md": "# A\n1\n# A 1\n2\n# A\n3\n# A\n4\n# A 1\n5\n# !\n6\n"])
        let ids = try CorpusContent([folder.path]).passages.map(\.id)
        #expect(ids == ["a.md#a", "a.md#a-1", "a.md#a-2", "a.md#a-3", "a.md#a-1-1", "a.md:11"])
        for index in ids.indices {
            let rest = try CorpusContent([folder.path], from: CorpusPosition(file: 0, lines: index))
            #expect(rest.passages.map(\.id) == Array(ids[index...]))
        }
    }

    @Test func longNamesStayApart() throws {
        let deep = Array(repeating: String(repeating: "d", count: 150), count: 4).joined(separator: "/")
        let heading = "# " + String(repeating: "日本", count: 100)
        let folder = try TemporaryFolder(["\(deep)/a.md": heading + "\nx\n", "\(deep)/b.md": heading + "\ny\n"])
        let content = try CorpusContent([folder.path])
        #expect(content.errors.isEmpty)
        #expect(Set(content.passages.map(\.id)).count == 2)
    }
}
