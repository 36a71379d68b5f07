import Corpus
import Foundation
import Testing

@Suite struct CorpusReaderTests {
    @Test func tabSeparated() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("c.tsv", "\u{FEFF}1\tfirst\r\n2\tsecond\twith tab\r\n\r\n3\t\n x\tspaces")
        let content = try CorpusContent([path])
        #expect(content.errors.isEmpty)
        #expect(content.passages.map(\.id) == ["1", "2", "3", " x"])
        #expect(content.passages.map(\.text) == ["first", "second\twith tab", "", "spaces"])
        #expect(content.sources.map(\.line) == [1, 2, 4, 5])
        #expect(content.sources[1].description == "\(path):2")
    }

    @Test func brokenLines() throws {
        let folder = try TemporaryFolder()
        var bytes = Array("1\tgood\nno tab here\n\tempty id\n".utf8)
        bytes += Array("4\tbad ".utf8) + [0xC3, 0x28, 0x0A] + [0xFF] + Array("\tbad id\n6\tnul \0\n".utf8)
        bytes += Array("7\t".utf8) + [UInt8](repeating: 0x78, count: 2_000_000) + Array("\n8\tgood\n".utf8)
        let path = try folder.write("c.tsv", bytes)
        var options = CorpusOptions()
        options.lineBytes = 100_000
        let content = try CorpusContent([path], options: options)
        #expect(content.passages.map(\.id) == ["1", "8"])
        #expect(content.sources.map(\.line) == [1, 8])
        #expect(content.errors.map(\.line) == [2, 3, 4, 5, 6, 7])
        #expect(content.errors.allSatisfy { $0.scope == .passage && $0.path == path })
        for (error, words) in zip(content.errors, ["no tab", "id is empty", "UTF-8", "UTF-8", "NUL", "longer"]) {
            #expect(error.description.hasPrefix("\(path):") && error.message.contains(words), "\(error)")
        }
    }

    @Test func jsonLines() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "c.jsonl",
            """
            {"_id": "a", "title": "T", "text": "x", "metadata": {"k": 1}}\r
            {"id": 2, "contents": "y"}

            {"id": "3", "text": "z"
            {"id": "", "text": "z"}
            {"id": "5"}
            [1]
            {"id": "7", "text": "z", "metadata": 5}
            {"id": "8", "text": "last"}
            """)
        let content = try CorpusContent([path])
        #expect(content.passages.map(\.id) == ["a", "2", "8"])
        #expect(content.passages.map(\.text) == ["T x", "y", "last"])
        #expect(content.passages[0].metadata == ["title": "T", "k": 1])
        #expect(content.errors.map(\.line) == [4, 5, 6, 7, 8])
        #expect(content.errors[0].message.contains("byte 23"))
    }

    @Test(arguments: [
        ("a.gz.data", "1\tx\n2\ty\n", 2), ("a.txt", "1\tx\n2\ty\n", 2), ("a.txt", "{\"id\":1,\"text\":\"x\"}\n", 1),
        ("a.data", "\n\n{\"id\":1,\"text\":\"x\"}\n", 1), ("a", "bad line\n1\tx\n2\ty\n", 2),
        ("a.tsv", "bad line\n", 0),
        ("a.txt", "Some words.\n\nOther words.\n", 1), ("a.md", "# 1\tx\n", 1), ("a.txt", "A table\nx y\tz\n", 1),
    ])
    func formatIsToldByContent(name: String, text: String, count: Int) throws {
        let folder = try TemporaryFolder()
        #expect(try CorpusContent([folder.write(name, text)]).passages.count == count)
    }

    @Test func formatThatIsNone() throws {
        let folder = try TemporaryFolder()
        let content = try CorpusContent([folder.write("a.data", "some words\n"), folder.write("b.data", "")])
        #expect(content.passages.isEmpty)
        #expect(content.errors.count == 1)
        #expect(content.errors.first?.message.contains("tsv, jsonl, text, markdown, html") == true)
        let told = try CorpusContent([folder.path + "/a.data"], options: CorpusOptions(format: .text))
        #expect(told.passages.map(\.text) == ["some words"])
        let wrong = try CorpusContent([folder.path + "/a.data"], options: CorpusOptions(format: .jsonl))
        #expect(wrong.errors.map(\.line) == [1])
    }

    @Test func pathsThatLeadNowhere() throws {
        let error = #expect(throws: CorpusError.self) { try CorpusReader(paths: ["/nonexistent/c.tsv"]) }
        #expect(error?.path == "/nonexistent/c.tsv")
        #expect(try CorpusContent([]).passages.isEmpty)
    }

    @Test func gzipWholeAndCutShort() throws {
        let folder = try TemporaryFolder()
        let text = (0..<5000).map { "\($0)\tpassage \($0 &* 2_654_435_761 % 1_000_003)\n" }.joined()
        try folder.write("c.tsv", text)
        _ = try folder.run("/bin/gzip", ["-k", "c.tsv"])
        let packed = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/c.tsv.gz")))
        let cut = try folder.write("cut.tsv.gz", Array(packed.prefix(packed.count / 2)))
        #expect(try CorpusContent([folder.path + "/c.tsv.gz"]).passages.count == 5000)

        let content = try CorpusContent([cut, folder.path + "/c.tsv"])
        #expect(content.errors.map(\.scope) == [.file])
        #expect(content.errors.map(\.isLoss) == [true])
        #expect(content.errors.first?.path == cut)
        #expect(content.passages.count >= 5000)
        #expect(content.passages.last?.id == "4999")
    }

    @Test func progressIsMonotoneAndEndsAtTheTotal() throws {
        let folder = try TemporaryFolder(["d/a.md": "# A\nx", "d/b.txt": "y", "d/empty.txt": ""])
        let tsv = try folder.write("c.tsv", (0..<40_000).map { "\($0)\tsome text\n" }.joined())
        let reader = try CorpusReader(paths: [tsv, folder.path + "/d"])
        var last = reader.progress
        #expect(last.bytesRead == 0 && last.files == 4)
        var steps = 0
        while reader.next() != nil {
            let progress = reader.progress
            #expect(progress.bytesRead >= last.bytesRead && progress.filesRead >= last.filesRead)
            steps += progress.bytesRead > last.bytesRead ? 1 : 0
            last = progress
        }
        #expect(steps > 2)
        #expect(reader.progress.bytesRead == reader.progress.totalBytes)
        #expect(reader.progress.fraction == 1)
        #expect(reader.progress.filesRead == 4)
    }

    @Test func pipes() throws {
        let folder = try TemporaryFolder(["c.tsv": "1\tx\n"])
        let pipe = folder.path + "/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        let text = (0..<1000).map { "\($0)\ty\n" }.joined()
        let writer = Thread { try? text.write(toFile: pipe, atomically: false, encoding: .utf8) }
        let reader = try CorpusReader(paths: [pipe, folder.path + "/c.tsv"])
        writer.start()
        var count = 0
        while reader.next() != nil { count += 1 }
        #expect(count == 1001)
        #expect(reader.progress.totalBytes == nil && reader.progress.fraction == nil)
        #expect(reader.progress.bytesRead == text.utf8.count + 4)
        #expect(try reader.fingerprint().isComplete == false)
    }

    @Test func goesOnFromEveryPosition() throws {
        let folder = try TemporaryFolder(["d/a.md": "# A\nx\n# B\ny\n", "d/b.txt": "z"])
        let tsv = try folder.write("a.tsv", "1\tx\nbroken\n\n2\ty\n")
        let jsonl = try folder.write("b.jsonl", "{\"id\":3,\"text\":\"z\"}\n{\n")
        let paths = [tsv, jsonl, folder.path + "/d", tsv]
        let reader = try CorpusReader(paths: paths)
        var events: [CorpusEvent] = []
        var positions = [reader.position]
        while let event = reader.next() {
            events.append(event)
            positions.append(reader.position)
        }
        #expect(events.count == 11)
        #expect(positions == positions.sorted())
        for (index, position) in positions.enumerated() {
            let stored = try JSONDecoder().decode(CorpusPosition.self, from: JSONEncoder().encode(position))
            let resumed = try CorpusReader(paths: paths, startingAt: stored)
            #expect(Array(IteratorSequence(Events(reader: resumed))) == Array(events[index...]))
        }
    }

    @Test func positionBeyondTheInput() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.tsv", "1\tx\n")
        let content = try CorpusContent([path], from: CorpusPosition(file: 0, lines: 5))
        #expect(content.errors.first?.message.contains("1 lines, fewer than the 5") == true)
        #expect(try CorpusContent([path], from: CorpusPosition(file: 9, lines: 5)).errors.isEmpty)
        #expect(try CorpusContent([path], from: CorpusPosition(file: -1, lines: -1)).passages.count == 1)
        let text = try folder.write("a.txt", "words")
        #expect(try CorpusContent([text], from: CorpusPosition(file: 0, lines: 7)).passages.isEmpty)
    }

    @Test func fingerprintSeesEveryChange() throws {
        let folder = try TemporaryFolder()
        let bytes = [UInt8](repeating: 0x61, count: 300_000)
        let path = try folder.write("a.tsv", bytes)
        func print() throws -> InputFingerprint { try CorpusReader(paths: [path]).fingerprint() }
        let first = try print()
        #expect(try print() == first)
        #expect(first.files == 1 && first.bytes == 300_000 && first.isComplete && first.digest.utf8.count == 16)
        for position in [0, 65_535, 150_000, 299_999, 240_000] {
            var changed = bytes
            changed[position] = 0x62
            try folder.write("a.tsv", changed)
            #expect(try print().digest != first.digest)
        }
        try folder.write("a.tsv", bytes + [0x61])
        #expect(try print().digest != first.digest)
        try folder.write("a.tsv", bytes)
        let other = try folder.write("b.tsv", bytes)
        #expect(try CorpusReader(paths: [other]).fingerprint().digest != first.digest)
        #expect(try CorpusReader(paths: [path, other]).fingerprint().files == 2)
        #expect(try CorpusReader(paths: [path, "-"]).fingerprint().isComplete == false)
    }

    /// Known answers of the specification's implementation.
    @Test(
        arguments: [
            ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
            ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
        ] as [(String, UInt64)])
    func xxHash(text: String, hash: UInt64) {
        #expect(XXHash64.hash(Array(text.utf8)) == hash)
    }
}

struct Events: IteratorProtocol {
    let reader: CorpusReader
    func next() -> CorpusEvent? { reader.next() }
}
