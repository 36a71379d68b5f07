import Corpus
import Foundation
import Testing

/// Files that are not plain UTF-8: what says how it is written is read so, and all else is refused by name.
@Suite struct EncodingTests {
    private func utf16(_ text: String, bigEndian: Bool) -> [UInt8] {
        ([0xFEFF] + Array(text.utf16)).flatMap { unit in
            bigEndian ? [UInt8(unit >> 8), UInt8(unit & 0xFF)] : [UInt8(unit & 0xFF), UInt8(unit >> 8)]
        }
    }

    @Test(arguments: [false, true]) func utf16WithItsMark(bigEndian: Bool) throws {
        let folder = try TemporaryFolder()
        try folder.write("a.txt", utf16("Grüße, 世界 😀\r\nzwei\n", bigEndian: bigEndian))
        try folder.write("b.html", utf16("<meta charset=utf-16><h1>Été</h1><p>chaud</p>", bigEndian: bigEndian))
        try folder.write("c.md", utf16("# Überblick\n\nText\n", bigEndian: bigEndian))
        try folder.write("long.txt", utf16(String(repeating: "é😀", count: 100_001), bigEndian: bigEndian))
        let content = try CorpusContent([folder.path])
        #expect(content.errors.isEmpty)
        #expect(
            content.passages.prefix(3).map(\.text) == ["Grüße, 世界 😀\nzwei", "Été\n\nchaud", "Überblick\n\nText"])
        #expect(content.passages.last?.text == String(repeating: "é😀", count: 100_001))
        let rows = try folder.write("d.tsv", utf16("1\tö\n2\tß\n", bigEndian: bigEndian))
        #expect(try CorpusContent([rows]).passages == [Passage(id: "1", text: "ö"), Passage(id: "2", text: "ß")])
    }

    @Test func utf16ThatIsNone() throws {
        let folder = try TemporaryFolder()
        let half = try folder.write("half.tsv", utf16("1\tok\n2\t", bigEndian: false) + [0x3D, 0xD8, 0x61, 0x00])
        let odd = try folder.write("odd.tsv", utf16("1\tok\n2\tx", bigEndian: true) + [0x00])
        for path in [half, odd] {
            let content = try CorpusContent([path])
            #expect(content.passages.map(\.id) == ["1"])
            #expect(content.errors.map(\.line) == [2] && content.errors[0].message.contains("UTF-8"))
        }
        // Without a mark nothing says that it is UTF-16.
        let bare = try folder.write("bare.txt", Array(utf16("plain text\n", bigEndian: false).dropFirst(2)))
        #expect(try CorpusContent([bare]).errors.map { $0.message.contains("not UTF-8") } == [true])
    }

    @Test(arguments: [
        "<meta charset=\"windows-1252\">", "<META CHARSET=ISO-8859-1 >", "<meta charset='latin1'/>",
        "<meta http-equiv=Content-Type content=\"text/html; charset=iso-8859-1\">",
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>", "<!-- <meta charset=utf-8> --><meta charset=cp1252>",
        "<meta name=a content='x>y'><meta data-charset charset = \"us-ascii\">",
    ])
    func pagesInWindows1252(head: String) throws {
        let folder = try TemporaryFolder()
        let bytes = Array(head.utf8) + Array("<h1>Caf".utf8) + [0xE9] + Array("</h1><p>5 ".utf8) + [0x80, 0x0A, 0x81]
        let content = try CorpusContent([folder.write("p.html", bytes + Array("</p>".utf8))])
        #expect(content.errors.isEmpty)
        #expect(content.passages.map(\.text) == ["Café\n\n5 € \u{81}"])
    }

    @Test(arguments: [
        "", "<meta charset=utf-8>", "<meta charset=UTF8>", "<meta charset=utf-16>", "<!-- <meta charset=latin1> -->",
        "<meta name=charset content=latin1>", "<metadata charset=latin1>", "<p>charset=latin1</p>",
    ])
    func pagesInUTF8(head: String) throws {
        let folder = try TemporaryFolder()
        let content = try CorpusContent([folder.write("p.html", head + "<h1>Café</h1><p>5 €</p>")])
        #expect(content.errors.isEmpty)
        #expect(content.passages.last?.text == "Café\n\n5 €")
        let latin = Array(head.utf8) + Array("<p>Caf".utf8) + [0xE9] + Array("</p>".utf8)
        let broken = try CorpusContent([folder.write("q.html", latin)])
        #expect(broken.passages.isEmpty && broken.errors.map(\.line) == [1])
    }

    @Test(arguments: ["shift_jis", "windows-1251", "GB18030", "utf-7"]) func pagesInWhatIsNotRead(label: String) throws
    {
        let folder = try TemporaryFolder()
        let head = Array("<meta charset=\(label)><p>".utf8)
        let content = try CorpusContent([folder.write("p.html", head + [0x82, 0xA0] + Array("</p>".utf8))])
        #expect(content.passages.isEmpty && content.errors.count == 1)
        let message = content.errors.first?.description ?? ""
        #expect(message.contains("p.html") && message.contains(label.lowercased()) && message.contains("UTF-8"))
        // Of ASCII alone there is one reading.
        #expect(
            try CorpusContent([folder.write("q.html", head + Array("plain</p>".utf8))]).passages.map(\.text) == [
                "plain"
            ])
    }

    @Test func anExplicitMarkWinsOverTheDeclaration() throws {
        let folder = try TemporaryFolder()
        let content = try CorpusContent([folder.write("p.html", "\u{FEFF}<h1>A</h1><p>x</p>")])
        #expect(content.passages.map(\.text) == ["A\n\nx"])
        let declared = try CorpusContent([folder.write("q.html", "\u{FEFF}<meta charset=latin1><p>é</p>")])
        #expect(declared.passages.map(\.text) == ["é"])
    }

    @Test func marksAtTheHeadOfEveryKindOfFile() throws {
        let mark = "\u{FEFF}"
        let folder = try TemporaryFolder([
            "d/a.md": mark + "# Top\n\nx\n", "d/b.md": mark + "---\ntitle: T\n---\nx\n",
            "d/c.html": mark + "<h1>H</h1>x",
            "d/d.txt": mark + "x\n", "d/no.md": "# no\n", "d/.gitignore": mark + "no.md\n",
        ])
        #expect(
            try CorpusContent([folder.path + "/d"]).passages.map(\.id) == ["a.md#top", "b.md:4", "c.html#h", "d.txt:1"])
        let rows = try folder.write("p.jsonl", mark + "{\"id\": 1, \"text\": \"x\"}\n")
        #expect(try CorpusContent([rows]).passages.map(\.id) == ["1"])
    }
}
