import Corpus
import Testing

@Suite struct MarkdownSectionsTests {
    private func sections(_ text: String) -> [Section] {
        MarkdownSections.sections(of: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }

    /// Title, line and body of every section.
    private func outline(_ text: String) -> [String] {
        sections(text).map { "\($0.title ?? "-")|\($0.line)|\($0.body)" }
    }

    @Test func headingPaths() {
        let text = "intro\n\n# Guide\n## Install\n### Debian\napt\n### Fedora\ndnf\n## Use\nrun\n# End\nbye\n"
        #expect(
            outline(text) == [
                "-|1|intro", "Guide > Install > Debian|5|apt", "Guide > Install > Fedora|7|dnf", "Guide > Use|9|run",
                "End|11|bye",
            ])
    }

    @Test func headingsWithoutText() {
        // Those whose subsections begin with them make none of their own; the last of a branch does.
        #expect(outline("# A\n## B\n## C\nx\n# D\n") == ["A > B|2|", "A > C|3|x", "D|5|"])
        #expect(outline("# A\n\ntext\n#\nmore") == ["A|1|text", "-|5|more"])
        #expect(outline("") == [])
        #expect(outline("\n  \n") == [])
    }

    @Test(arguments: [
        ("# A", "A"), ("###### A", "A"), ("####### A", nil), ("#A", nil), ("#\tA", "A"), ("   # A", "A"),
        ("    # A", nil),
        ("# A #", "A"), ("# A ###  ", "A"), ("# A#", "A#"), ("# C# lang", "C# lang"), ("\\# A", nil), ("> # A", nil),
        ("# `code` and *em* **strong**", "code and em strong"), ("# [link](http://x.y) end", "link end"),
        ("# ![alt](a.png) A", "alt A"), ("# snake_case", "snake_case"), ("# a < b", "a < b"), ("# A <br> B", "A  B"),
        ("# 1 \\* 2", "1 * 2"), ("# A {#own}", "A"), ("# [x]", "x"), ("# [open", "[open"),
    ])
    func atx(line: String, heading: String?) {
        #expect(sections(line + "\ntext").first?.headings == (heading.map { [$0] } ?? []))
    }

    @Test func setext() {
        #expect(outline("A\n===\nx\n\nB\n---\ny") == ["A|1|x", "A > B|5|y"])
        #expect(outline("two\nlines\n===\nx") == ["two lines|1|x"])
        #expect(outline("text\n\n---\nmore") == ["-|1|text\n\n---\nmore"])
        #expect(outline("- item\n---\nx") == ["-|1|- item\n---\nx"])
        #expect(outline("> quote\nlazy\n---\nx") == ["-|1|> quote\nlazy\n---\nx"])
        #expect(outline("1. a\n   b\n===\nx") == ["-|1|1. a\n   b\n===\nx"])
        #expect(outline("    code\n---\nx") == ["-|1|    code\n---\nx"])
        #expect(outline("A\n  ==  \nx") == ["A|1|x"])
    }

    @Test func fencesHideHeadings() {
        #expect(outline("# A\n```sh\n# no\n```\n# B\nx") == ["A|1|```sh\n# no\n```", "B|5|x"])
        #expect(outline("# A\n~~~\n```\n# no\n~~~\n# B\nx") == ["A|1|~~~\n```\n# no\n~~~", "B|6|x"])
        #expect(outline("# A\n````\n```\n# no\n````\n# B\nx").map { String($0.prefix(1)) } == ["A", "B"])
        #expect(outline("# A\n``` a`b\n# B\nx").count == 2)
        #expect(outline("# A\n```\n# never closed\n").count == 1)
        #expect(outline("# A\n- item\n    ```\n    # no\n    ```\n").count == 1)
        #expect(outline("# A\n<!-- one\n# no\n-->\n# B\nx").count == 2)
        #expect(outline("# A\n<!-- one -->\n# B\nx").count == 2)
        #expect(outline("text\n```\nA\n---\n```").count == 1)
    }

    @Test func frontMatter() {
        #expect(outline("---\ntitle: \"My page\"\nx: y\n---\nintro\n# A\nx") == ["My page|5|intro", "A|6|x"])
        #expect(outline("---\nx: y\n...\nintro") == ["-|4|intro"])
        #expect(outline("---\nno end\n# A\nx").last == "A|3|x")
    }

    /// Nothing here may take more than a moment, or the stack.
    @Test func textsMadeToBeSlow() {
        let brackets = String(repeating: "[", count: 100_000) + "]"
        #expect(outline("# " + brackets + "\nx").count == 1)
        #expect(sections("# " + brackets + "\nx").first?.headings == [])
        #expect(sections(brackets + "\n===\nx").first?.headings == [])
        #expect(sections(String(repeating: "# a\n", count: 20_000)).count == 20_000)
        #expect(sections(String(repeating: "x =\n", count: 50_000) + "===\n").count == 1)
        #expect(sections(String(repeating: "<!-- \n```\n", count: 10_000)).count == 1)
    }

    @Test(arguments: [
        ("What's new in 2.0?", "whats-new-in-20"), ("A  b", "a--b"), ("Größe & Maß", "größe--maß"),
        ("snake_case-x", "snake_case-x"),
        ("日本語", "日本語"), ("!?", ""),
    ])
    func slugs(heading: String, slug: String) {
        #expect(Slug.of(heading) == slug)
        #expect(Slug.of(String(repeating: "long ", count: 100)).count == 80)
    }
}
