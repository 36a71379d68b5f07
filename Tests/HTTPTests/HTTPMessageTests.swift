import HTTP
import Testing

@Suite struct HTTPMessageTests {
    @Test func splitsTargetsBeforeDecoding() {
        let request = HTTPRequest(target: "/v1/a%2Fb/caf%C3%A9?q=x+y%26z&k=10&flag&q=2")
        #expect(request.path == "/v1/a%2Fb/caf%C3%A9")
        #expect(request.query == "q=x+y%26z&k=10&flag&q=2")
        #expect(request.pathSegments == ["v1", "a/b", "café"])
        #expect(request.queryItems.map(\.name) == ["q", "k", "flag", "q"])
        #expect(request.queryItems.map(\.value) == ["x y&z", "10", "", "2"])
        #expect(request.queryValue("k") == "10")
        #expect(HTTPRequest(target: "/a").query == nil)
        #expect(HTTPRequest(target: "/%ff").pathSegments == nil)
    }

    @Test("a combining mark behind a separator leaves it one")
    func separatorsWithMarks() {
        let request = HTTPRequest(target: "/a?\u{301}=1&\u{301}b=2")
        #expect(request.path == "/a")
        #expect(request.queryItems.map(\.value) == ["1", "2"])
        #expect(request.queryValue("\u{301}b") == "2")
        #expect(HTTPRequest(target: "/?e\u{301}=1&\u{E9}=2").queryValue("\u{E9}") == "2")
        let headers: HTTPHeaders = ["X": "a\u{301}", "Accept": "a, \u{301}b,c;\u{301}=1"]
        #expect(headers.lists("c", in: "accept"))
        #expect(!headers.lists("\u{212A}", in: "accept"))
        #expect(headers != ["X": "\u{E1}", "Accept": "a, \u{301}b,c;\u{301}=1"])
    }

    @Test(arguments: [("a%20b", "a b"), ("%E2%82%AC", "€"), ("", ""), ("a+b", "a+b")])
    func decodes(_ text: String, _ expected: String) {
        #expect(PercentCoding.decode(Array(text.utf8)) == expected)
    }

    @Test(arguments: ["%", "%4", "%zz", "%C3", "a%"])
    func decodesNothingBroken(_ text: String) {
        #expect(PercentCoding.decode(Array(text.utf8)) == nil)
    }

    @Test func writesErrorsAsJSON() {
        let error = HTTPError(.conflict, code: "odd", message: "a \"quoted\"\n\\ line", headers: ["Retry-After": "3"])
        let response = error.response
        #expect(response.status == .conflict)
        #expect(response.headers["content-type"] == "application/json")
        #expect(response.headers["retry-after"] == "3")
        guard case .bytes(let body) = response.body else {
            Issue.record("no body")
            return
        }
        #expect(
            String(decoding: body, as: UTF8.self)
                == #"{"error":{"code":"odd","message":"a \"quoted\"\u000a\\ line"}}"# + "\n")
    }

    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
    ])
    func writesDates(_ seconds: Int, _ expected: String) {
        var date = HTTPDate()
        date.set(secondsSince1970: seconds)
        #expect(String(decoding: date.bytes, as: UTF8.self) == expected)
    }

    @Test func cutsStreamsIntoLines() throws {
        var lines = HTTPLineReader(HTTPBodyReader(Array("a\r\n\nbc\nlast".utf8)), maxLineBytes: 4)
        var found: [String] = []
        while let line = try lines.next() { found.append(String(decoding: line, as: UTF8.self)) }
        #expect(found == ["a", "", "bc", "last"])
        var long = HTTPLineReader(HTTPBodyReader(Array("ok\nabcdefgh\n".utf8)), maxLineBytes: 4)
        let short = try long.next()
        #expect(short == Array("ok".utf8))
        #expect(throws: HTTPError.self) { try long.next() }
    }

    @Test func takesSafeRequestIDsOnly() {
        #expect(RequestContext(headers: ["X-Request-ID": "abc-1_2.3:4"]).requestID == "abc-1_2.3:4")
        for bad in ["", "a b", "a\"b", String(repeating: "a", count: 129), "é"] {
            let made = RequestContext(headers: ["X-Request-ID": bad]).requestID
            #expect(made.utf8.count == 16 && made != bad)
        }
    }
}
