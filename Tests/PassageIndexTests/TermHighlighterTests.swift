import Corpus
import Foundation
import PassageIndex
import Ranking
import Testing

@Suite struct TermHighlighterTests {
    /// The parts of the text that are highlighted, cut out by code points.
    private func highlighted(_ query: String, _ text: String, _ analysis: Analysis) throws -> [String] {
        let scratch = try Scratch()
        let settings = IndexSettings(models: TestModels.none, analysis: analysis)
        let writer = try IndexWriter(scratch.folder(), settings: settings, models: TestModels.none)
        try writer.add([Passage(id: "a", text: text)])
        try writer.commit()
        let spans = try IndexReader(scratch.folder(), models: TestModels.none).withSnapshot { snapshot in
            // What is found is highlighted, and nothing is that is not found.
            let isFound = try !snapshot.candidates(query, limit: 1, bm25: BM25()).isEmpty
            let spans = try snapshot.highlighter(query).spans(in: text)
            #expect(isFound == !spans.isEmpty)
            return spans
        }
        let points = Array(text.unicodeScalars)
        return spans.map { String(String.UnicodeScalarView(points[$0])) }
    }

    @Test(arguments: [
        (
            "drawing diagrams", "He draws a diagram; drawings were DRAWN.", Analysis.english,
            ["draws", "diagram", "drawings"]
        ),
        ("the ports", "The ports of the port", .english, ["ports", "port"]),
        ("to be", "To be or not", .english, ["To", "be"]),
        ("ports", "The ports of the port", .plain, ["ports"]),
        ("naive cafe", "Ein naïves, naïve Café 🦜 CAFÉ cafe\u{301}!", .plain, ["naïve", "Café", "CAFÉ", "cafe\u{301}"]),
        ("network", "🦜🦜 network\u{0}network", .plain, ["network"]),
        ("absent", "nothing here", .plain, []), ("?!", "?!", .plain, []), ("", "text", .english, []),
        ("漢字", "日本の漢字と漢和辞典", .cjk, ["漢字"]), ("漢", "日本の漢字と漢和", .cjk, ["漢", "漢"]),
        ("検索エンジン", "高速な検索エンジン engine です。検索", .cjk, ["検索エンジン", "検索"]),
        ("engine 検索", "FAST検索Engine", .cjk, ["検索", "Engine"]),
        ("東京", "E\u{301}té東京 tower", .cjk, ["東京"]), ("京", "東\u{301}京\u{302}都", .cjk, ["京\u{302}"]),
        ("がく", "🦜か\u{3099}く", .cjk, ["か\u{3099}く"]),
        ("connection", "con\u{AD}nec\u{AD}tion\u{AD}.", .plain, ["con\u{AD}nec\u{AD}tion"]),
        ("हिन्दी", "यह हिन्दी है", .english, ["हिन्दी"]), ("fine", "ﬁne", .english, ["ﬁne"]),
    ])
    func marksWhatTheIndexTakesForTheSameTerm(
        query: String, text: String, analysis: Analysis, expected: [String]
    ) throws {
        // The writer puts U+FFFD where U+0000 was, so that is what is looked at.
        let text = text.replacingOccurrences(of: "\0", with: "\u{FFFD}")
        let found = try highlighted(query, text, analysis)
        #expect(found == (text.contains("\u{FFFD}") ? expected + expected : expected))
    }

    @Test func thereAreAtMostSoMany() throws {
        let text = String(repeating: "word ", count: 3 * TermHighlighter.mostSpans)
        #expect(try highlighted("words", text, .english).count == TermHighlighter.mostSpans)
    }
}
