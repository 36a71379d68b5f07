import Server
import Testing

@Suite struct JSONElementScannerTests {
    /// The elements behind the opening bracket, and how it ended.
    private func scan(_ text: String) -> (elements: [String], last: JSONElementScanner.Step) {
        let bytes = Array(text.utf8)
        var scanner = JSONElementScanner()
        var elements: [String] = []
        var place = 0
        while true {
            let step = scanner.scan(bytes[place...])
            guard case .element(let length, let skipped) = step else { return (elements, step) }
            place += skipped
            elements.append(String(decoding: bytes[place..<place + length], as: UTF8.self))
            place += length
        }
    }

    @Test func elementsEndWhereTheyEnd() {
        let (elements, last) = scan(#" {"a": "]}\""} ,[1,[2]], "x,\\" , 3 ] rest"#)
        #expect(elements.map { $0.trimmingSuffix { $0 == " " } } == [#"{"a": "]}\""}"#, "[1,[2]]", #""x,\\""#, "3"])
        #expect(last == .end(length: 1))
        #expect(scan("").last == .needsMore && scan("1").last == .needsMore)
    }

    @Test(arguments: ["}", " }", ",1]", "1,}", "1,]", "1 }", "1,,2]"])
    func whatIsNoElementIsMalformed(text: String) {
        let (elements, last) = scan(text)
        #expect(last == .malformed)
        for element in elements { #expect(!element.isEmpty, "\(text)") }
    }
}

extension String {
    fileprivate func trimmingSuffix(_ isCut: (Character) -> Bool) -> String {
        var text = self
        while let last = text.last, isCut(last) { text.removeLast() }
        return text
    }
}
