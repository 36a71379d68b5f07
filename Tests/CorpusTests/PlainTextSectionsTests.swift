import Corpus
import Testing

@Suite struct PlainTextSectionsTests {
    private func outline(_ text: String, size: Int = 40) -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return PlainTextSections.sections(of: lines, maximumBytes: size).map {
            "\($0.title ?? "-")|\($0.line)|\($0.body)"
        }
    }

    @Test func paragraphsAreGrouped() {
        #expect(outline("one two.\n\nthree\nfour.\n\n\nfive.") == ["-|1|one two.\n\nthree\nfour.\n\nfive."])
        let long = String(repeating: "x", count: 30) + "."
        #expect(outline("\n\(long)\n\n\(long)\n\nshort.") == ["-|2|\(long)", "-|4|\(long)\n\nshort."])
        #expect(outline(long + long).count == 1)
        #expect(outline("\n \t\n") == [])
    }

    @Test func headings() {
        #expect(
            outline("Before it all, words.\n\nInstall\n\nRun this.\n\nUse\n\nRun that.", size: 1_000) == [
                "-|1|Before it all, words.", "Install|3|Run this.", "Use|7|Run that.",
            ])
        // One of two in a row, the last line, a sentence and a long line are none.
        #expect(outline("Title\n\nPart\n\ntext.") == ["-|1|Title", "Part|3|text."])
        #expect(outline("text.\n\nEnd") == ["-|1|text.\n\nEnd"])
        #expect(outline("A sentence.\n\ntext.") == ["-|1|A sentence.\n\ntext."])
        #expect(outline("lower case\n\ntext.") == ["-|1|lower case\n\ntext."])
        #expect(outline("A\(String(repeating: "a", count: 80))\n\ntext.", size: 1_000).count == 1)
    }

    @Test func underlined() {
        #expect(outline("a title\n=======\ntext.\n\nother\n-----\n\nmore.") == ["a title|1|text.", "other|5|more."])
        #expect(outline("a title\n===") == ["a title|1|"])
        #expect(outline("two\nlines\n-----") == ["-|1|two\nlines\n-----"])
    }

    @Test func headingHoldsForAllItsParagraphs() {
        let long = String(repeating: "x", count: 30) + "."
        #expect(outline("Part\n\n\(long)\n\n\(long)") == ["Part|1|\(long)", "Part|5|\(long)"])
    }
}
