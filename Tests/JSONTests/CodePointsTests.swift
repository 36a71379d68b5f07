import JSON
import Testing

@Suite struct CodePointsTests {
    @Test("canonically equivalent texts are different keys; equal code points are one")
    func equality() {
        let composed = CodePoints("caf\u{E9}")
        let decomposed = CodePoints("cafe\u{301}")
        #expect(composed != decomposed)
        #expect(composed == CodePoints("xcaf\u{E9}".dropFirst()))
        #expect(Set([composed, decomposed, CodePoints("caf\u{E9}")]).count == 2)
        #expect([composed: 1, decomposed: 2][decomposed] == 2)
        // U+212A and U+037E are equal to ASCII in Swift's strings.
        #expect(CodePoints("\u{212A}") != "K")
        #expect(CodePoints("\u{37E}") != ";")
    }

    @Test("the order is that of code points, also beyond the basic plane")
    func order() {
        #expect(CodePoints("e\u{301}") < CodePoints("\u{E9}"))
        #expect(CodePoints("\u{FFFF}") < CodePoints("\u{10000}"))
        #expect(!(CodePoints("a") < "a"))
    }
}
