import Corpus
import Testing

/// What stands in what: fences, code, HTML, list items and quotations, as CommonMark 0.31 has them. The values were worked
/// out by its rules and agree with cmark, markdown-it and commonmark.py, which tens of thousands of generated documents
/// were compared with besides.
@Suite struct MarkdownBlocksTests {
    /// Line and last heading of every section that has a heading of its own.
    private func headings(_ text: String) -> [String] {
        MarkdownSections.sections(of: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
            .filter { $0.slug != nil }.map { "\($0.line) \($0.headings.last ?? "")" }
    }

    @Test(arguments: [
        // A fence belongs to the item or quotation that it stands in, and ends with it.
        ("1. ```sh\n   # no\n   ```\n\n# B\nx", ["5 B"]), ("- ~~~\n  # no\n# B\nx", ["3 B"]),
        ("- a\n\n      # no\n\n  ```\n  # no\n\n# B\nx", ["8 B"]), ("> ```\n> # no\n# B\nx", ["3 B"]),
        ("> - ```\n>   # no\n> # no\n# B\nx", ["4 B"]), ("- step\n\n\t```\n\t# no\n\t```\n# B\nx", ["6 B"]),
        ("10) ```\n    # no\n    ```\n# B\nx", ["4 B"]), ("- ```\n\n  # no\n  ```\n# B\nx", ["5 B"]),
        // Closed by the same mark only, as often at least, with nothing behind it and hardly indented.
        ("~~~~\n# no\n~~~\n# no\n~~~~~ \n# B\nx", ["6 B"]), ("```\n# no\n    ```\n# no\n   ```\n# B\nx", ["6 B"]),
        ("```\n# no\n``` x\n# no\n```\n# B\nx", ["6 B"]), ("~~~ a`b`\n# no\n~~~\n# B\nx", ["4 B"]),
        ("``\n# B\nx", ["2 B"]), ("    ```\n# B\nx", ["2 B"]), ("a\n    ```\n# B\nx", ["3 B"]),
    ])
    func fences(text: String, found: [String]) {
        #expect(headings(text) == found)
    }

    @Test(arguments: [
        ("\t# no\n# B\nx", ["2 B"]), ("  \t# no\n# B\nx", ["2 B"]), ("    # no\n\n    # no\n# B\nx", ["4 B"]),
        // It does not end a paragraph, but a heading with less space does.
        ("a\n    # no\n===\nx", ["1 a # no"]), ("a\n   # B\nx", ["2 B"]), ("a\n\tb\n---\nx", ["1 a b"]),
        ("-     # no\n# B\nx", ["2 B"]), ("-\t\t# no\n# B\nx", ["2 B"]), (">\t\t# no\n# B\nx", ["2 B"]),
    ])
    func indentedCode(text: String, found: [String]) {
        #expect(headings(text) == found)
    }

    @Test(arguments: [
        ("<pre>\n# no\n\n# no\n</pre>\n# B\nx", ["6 B"]), ("<PRE class=x>\n# no\n</Script> # no\n# B\nx", ["4 B"]),
        ("<textarea\n# no\n\n</textarea>\n# B\nx", ["5 B"]), ("<style>a</style>\n# B\nx", ["2 B"]),
        ("<!-- a\n\n# no\n--> # no\n# B\nx", ["5 B"]), ("<!-->\n# B\nx", ["2 B"]), ("  <!-- a -->\n# B\nx", ["2 B"]),
        ("<?php\n# no\n\n?>\n# B\nx", ["5 B"]), ("<!ENTITY\n\n# no\n>\n# B\nx", ["5 B"]),
        ("<![CDATA[\n\n# no\n]]>\n# B\nx", ["5 B"]), ("<div\n# no\n\n# B\nx", ["4 B"]),
        ("a\n</td>\n# no\n\n# B\nx", ["5 B"]),
        ("<details>\n<summary>S</summary>\n\n# B\nx\n\n</details>", ["4 B"]), ("<h1/>\n# no\n\n# B\nx", ["4 B"]),
        // A tag of any other name only where it is whole, alone on its line and after no paragraph.
        ("<a-b c=d e='f' g>\n# no\n\n# B\nx", ["4 B"]), ("</x >\n# no\n\n# B\nx", ["4 B"]), ("<x> y\n# B\nx", ["2 B"]),
        ("a\n<x>\n# B\nx", ["3 B"]), ("<x a=>\n# B\nx", ["2 B"]), ("<x a='b>\n# B\nx", ["2 B"]),
        ("<1>\n# B\nx", ["2 B"]),
        ("<!1\n# B\nx", ["2 B"]), ("<divx\n# B\nx", ["2 B"]), ("    <div>\n# B\nx", ["2 B"]), ("<\n# B\nx", ["2 B"]),
        ("> a\n<x>\n# B\nx", ["3 B"]),
        // In a container it ends with it.
        ("- <!--\n  # no\n# B\nx", ["3 B"]), ("> <pre>\n# B\nx", ["2 B"]), ("- <div>\n  # no\n\n# B\nx", ["4 B"]),
    ])
    func html(text: String, found: [String]) {
        #expect(headings(text) == found)
    }

    @Test(arguments: [
        // What is a heading inside a list or a quotation parts no sections.
        ("- # no\n  # no\n\n  no\n  ---\n# B\nx", ["6 B"]), ("> # no\n> no\n> ===\n# B\nx", ["4 B"]),
        ("- a\n\n  # no\n\n # B\nx", ["5 B"]), ("1. a\n  # B\nx", ["2 B"]), ("1. a\n   # no\n", []),
        // Lines without their marks that go on with a paragraph, and such as do not.
        ("> a\nb\n===\nx", []), ("> a\n===\n\nB\n===\nx", ["4 B"]), ("- a\nb\n---\nB\n===\nx", ["4 B"]),
        ("> - a\n>b\n> ===\n# B\nx", ["4 B"]), ("> a\n\nB\n===\nx", ["3 B"]),
        // Marks of lists that end a paragraph, and such as do not.
        ("a\n2. b\n===\nx", ["1 a 2. b"]), ("a\n1. b\n===\nx", []), ("a\n-\n===\nx", ["1 a"]),
        ("a\n*\n===\nx", ["1 a"]),
        ("a\n+ b\n===\nx", []), ("-a\n===\nx", ["1 -a"]), ("1234567890. a\n===\nx", ["1 1234567890. a"]),
        ("-\n  a\n  ===\n# B\nx", ["4 B"]), ("-\n\n  B\n===\nx", ["3 B"]), ("- a\n\n\n  b\n===\nx", []),
        ("* * *\n# B\nx", ["2 B"]), ("_ _ _\nB\n===\nx", ["2 B"]), ("a\n***\nB\n---\nx", ["3 B"]),
        // Definitions of links are no part of the paragraph that an underline makes a heading of.
        ("[a]: /b\n===\nx", []), ("[a]: /b 'c'\nB\n===\nx", ["2 B"]), ("[a]:\n/b\n\"c\nd\"\nB\n---\nx", ["5 B"]),
        ("[a]: /b c\n===\nx", ["1 a: /b c"]), ("[a]: <b c\n===\nx", ["1 a: <b c"]),
        ("[ ]: /b\n===\nx", ["1 : /b"]),
        ("| a |\n---\nx", []),
    ])
    func containersAndParagraphs(text: String, found: [String]) {
        #expect(headings(text) == found)
    }

    /// Everything that is no heading stays, as it is written and in its order.
    @Test func allOtherLinesStay() {
        let lines = [
            "intro", "lazy", "", "> quoted", "lazy too", "    still", "- item", "", "\tcode?", "  ```", "  # x",
            "  ```", "",
            "[a]: /b", "===", "```", "# y", "```", "    code", "", "<div>", "</div>", "", "end",
        ]
        let sections = MarkdownSections.sections(of: lines)
        #expect(sections.map(\.body) == [lines.joined(separator: "\n")])
    }

    /// None of these may take more than a moment, or the stack.
    @Test func documentsMadeToBeSlow() {
        func count(_ lines: [String]) -> Int { MarkdownSections.sections(of: lines).count }
        #expect(count([String(repeating: "> ", count: 50_000), "# B", "x"]) == 2)
        #expect(count([String(repeating: "- ", count: 50_000)] + Array(repeating: "", count: 50_000) + ["# B"]) == 2)
        #expect(count(Array(repeating: String(repeating: " ", count: 2_000) + "x", count: 500)) == 1)
        #expect(count((0..<400).map { String(repeating: " ", count: 2 * $0) + "- a" }) == 1)
        #expect(count(["[" + String(repeating: "a]: <", count: 100_000), "==="]) == 1)
        #expect(count(Array(repeating: "[a]: /b", count: 20_000) + ["==="]) == 1)
        #expect(count(["<x " + String(repeating: "a=", count: 100_000), "# B", "x"]) == 2)
        #expect(count(["[a]: " + String(repeating: "(", count: 100_000), "==="]) == 1)
        #expect(count(Array(repeating: "<!--->", count: 20_000)) == 1)
    }
}
