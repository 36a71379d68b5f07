import Corpus
import Testing

@Suite struct HTMLSectionsTests {
    private func outline(_ page: String) -> [String] {
        HTMLSections.sections(of: page).map { "\($0.title ?? "-")|\($0.slug ?? "-")|\($0.line)|\($0.body)" }
    }

    @Test func page() {
        let page = """
            <!DOCTYPE html>
            <html><head><title>The &amp; page</title><style>h1 { x }</style>
            <script>if (a < b) document.write("<h1>no</h1>");</script></head>
            <body><!-- <h1>no</h1> --><p>Intro
              text.</p>
            <h1 class=big>Guide</h1><p>One<br>two</p>
            <h2 id="deb">For <em>Debian</em></h2>
            <ul><li>a</li><li>b <b>c</b></li></ul>
            <table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>
            </body></html>
            """
        #expect(
            outline(page) == [
                "The & page|-|4|Intro text.", "Guide|guide|6|One\ntwo", "Guide > For Debian|deb|7|a\nb c\n1 2\n3",
            ])
    }

    @Test(arguments: [
        ("&lt;b&gt; &amp;amp;", "<b> &amp;"), ("&eacute;&Eacute;&#233;&#xE9;&#XE9;", "éÉééé"),
        ("&hellip;&mdash;&euro;", "…—€"),
        ("&#128;&#150;", "€–"), ("&#0;&#xD800;&#x110000;&#99999999999;", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        ("&unknown; &; & &# &#x; &#;", "&unknown; &; & &# &#x; &#;"), ("&copy 2020 &amp b &ampx", "© 2020 & b &ampx"),
        ("a&nbsp;&nbsp;b&#160;&#32;c", "a b c"), ("&hellip x", "&hellip x"), ("&#233 x", "é x"),
        ("&apos;&scaron;&Lstrok;", "'šŁ"),
        ("&", "&"), ("x&am", "x&am"),
    ])
    func entities(html: String, text: String) {
        #expect(HTMLSections.sections(of: html).map(\.body) == [text])
    }

    @Test(
        arguments: [
            ("a<b>c</b>d", "acd"), ("a<p>b", "a\nb"), ("a <span> b</span>", "a b"), ("1 < 2 <3 > x", "1 < 2 <3 > x"),
            ("<", "<"),
            ("a<!x y>b<?php x ?>c", "abc"), ("a<!-- never closed", "a"), ("a<b title='x>y' data-z=\"<h1>\">c", "ac"),
            ("a<b title='never closed>c", "a"), ("a</>b", "a</>b"), ("<p>a</P><DIV>b</DIV>", "a\nb"),
            ("a<br/>b<BR />c", "a\nb\nc"),
            ("a<SCRIPT>x</script >b", "ab"), ("a<script>x</scripty></script>b", "ab"), ("a<script>never", "a"),
            ("a<svg/>b", "ab"),
            ("a<svg><text>x</text></svg>b", "ab"), ("<pre>a\n  b</pre>", "a b"), ("a<custom-tag>b", "a\nb"), ("", nil),
            ("<p></p>", nil),
            ("é<b>日本</b>", "é日本"), ("a<", "a<"), ("a</", "a</"), ("a<b", "a"),
        ] as [(String, String?)])
    func markup(html: String, text: String?) {
        let bodies = HTMLSections.sections(of: html).map(\.body)
        #expect(bodies.joined() == text ?? "")
        #expect(bodies.isEmpty == (text == nil))
    }

    @Test func headings() {
        #expect(outline("<h1>A</h1><h3>B</h3>x<h2>C</h2>y") == ["A > B|b|1|x", "A > C|c|1|y"])
        #expect(outline("<h1>A<h2>B</h2>x") == ["A > B|b|1|x"])
        #expect(outline("<h1><div>A</div> <div>b</div></h1>x") == ["A b|a-b|1|x"])
        #expect(outline("<h1></h1>x") == ["-|-|1|x"])
        #expect(outline("<h1>A</h1>x<h2><img src=a></h2>y") == ["A|a|1|x\ny"])
        #expect(outline("x</h1>y<h7>z</h7><header>w") == ["-|-|1|xy\nz\nw"])
        let long = String(repeating: "x", count: 1_001)
        #expect(outline("<h1>\(long)</h1>y") == ["-|-|1|\(long)\ny"])
        let unclosed = outline("<h1>" + String(repeating: "word <p>", count: 1_000))
        #expect(unclosed.count == 1 && unclosed[0].utf8.count > 4_000)
    }

    /// Damages a page everywhere: it must be read to its end, whatever comes out.
    @Test func damagedPages() {
        let page = Array(
            "<title>T</title><h1 id='x'>A &eacute;</h1><script>s</script><p class=\"y\">t<!-- c --></p>".utf8)
        for position in page.indices {
            for byte: UInt8 in [0x20, 0x22, 0x26, 0x27, 0x2F, 0x3C, 0x3E, 0x3B] {
                var damaged = page
                damaged[position] = byte
                let sections = HTMLSections.sections(of: String(decoding: damaged, as: UTF8.self))
                #expect(sections.allSatisfy { 1 == $0.line })
            }
            _ = HTMLSections.sections(of: String(decoding: page[..<position], as: UTF8.self))
        }
    }
}
