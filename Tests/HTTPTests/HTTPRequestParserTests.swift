import HTTP
import Testing

@Suite struct HTTPRequestParserTests {
    @Test func readsAPlainRequest() {
        let transcript = EventTranscript("GET /a?b=c HTTP/1.1\r\nHost: x\r\nAccept:  */* \t\r\n\r\n")
        #expect(transcript.refusal == nil)
        #expect(transcript.lines == ["GET /a?b=c http11 none keep [Host=x|Accept=*/*]", "body "])
    }

    @Test func readsBodiesOfBothKinds() {
        let sized = EventTranscript("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
        #expect(sized.lines.last == "body hello")
        let chunked = EventTranscript(
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
                + "5;ext=\"v\"\r\nhello\r\n00A\r\n, world...\r\n0\r\nX-Trailer: dropped\r\n\r\n")
        #expect(chunked.refusal == nil)
        #expect(chunked.lines.last == "body hello, world...")
        #expect(EventTranscript("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").lines.last == "body ")
    }

    @Test func readsPipelinedRequestsInOrder() {
        let transcript = EventTranscript(
            "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(
            transcript.lines == [
                "POST /1 http11 length(2) keep [Host=x|Content-Length=2]", "body ab",
                "GET /2 http11 none keep [Host=x]",
                "body ",
            ])
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", true), ("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: x\r\nConnection: Foo , CLOSE\r\n\r\n", false), ("GET / HTTP/1.0\r\n\r\n", false),
        ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n", false),
        ("GET / HTTP/1.9\r\nHost: x\r\n\r\n", true),
    ])
    func decidesOnPersistence(_ request: String, _ keeps: Bool) {
        let transcript = EventTranscript(request)
        #expect(transcript.refusal == nil)
        #expect(transcript.lines.first?.contains(" keep") == keeps)
    }

    @Test(arguments: [
        ("http://example.com/a?b", "/a?b"), ("HTTP://example.com:80", "/"), ("https://h?q", "/?q"),
        ("/caf\u{e9}", "/caf\u{e9}"),
        ("/%2e%2E/%00", "/%2e%2E/%00"), ("//x", "//x"), ("/a;b=c,d@e:f!$&'()*+=", "/a;b=c,d@e:f!$&'()*+="),
    ])
    func bringsTargetsToOriginForm(_ target: String, _ expected: String) {
        let transcript = EventTranscript("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(transcript.refusal == nil)
        #expect(transcript.lines.first?.hasPrefix("GET \(expected) http11") == true, "\(transcript)")
    }

    /// RFC 9112 §3.2.2.
    @Test func theHostOfAnAbsoluteTargetCounts() {
        let transcript = EventTranscript(
            "GET http://one.example:81/a?b HTTP/1.1\r\nA: b\r\nHost: two.example\r\nC: d\r\n\r\n")
        #expect(transcript.lines.first?.hasSuffix("[A=b|Host=one.example:81|C=d]") == true, "\(transcript)")
        // It is no substitute for the field, which there must be.
        #expect(EventTranscript("GET http://one.example/ HTTP/1.1\r\n\r\n").refusal?.code == "missing_host")
        let next = EventTranscript("GET http://a/ HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(next.lines.map { $0.contains("Host=x") } == [false, false, true, false])
    }

    @Test func takesAsteriskForOptionsOnly() {
        #expect(EventTranscript("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").refusal == nil)
        #expect(EventTranscript("GET * HTTP/1.1\r\nHost: x\r\n\r\n").refusal?.code == "bad_target")
    }

    @Test func noticesExpectations() {
        let request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\na"
        #expect(EventTranscript(request).lines.first?.contains(" expect") == true)
        let bodiless = "GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n"
        #expect(EventTranscript(bodiless).lines.first?.contains(" expect") == false)
    }

    @Test func throwsTheSameErrorEverAfter() {
        var parser = HTTPRequestParser()
        let bytes = Array("BAD\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
        var offset = 0
        for _ in 0..<3 {
            #expect(throws: HTTPError.self) {
                try bytes.withUnsafeBufferPointer { _ = try parser.next($0, offset: &offset) }
            }
        }
    }

    @Test func enforcesLimits() {
        var limits = HTTPRequestParser.Limits()
        limits.targetBytes = 20
        limits.headerBytes = 200
        limits.headerCount = 3
        func refusal(_ text: String, bodyLimit: Int = .max) -> Int? {
            EventTranscript(text, limits: limits, bodyLimit: bodyLimit).refusal?.status.code
        }
        let start = "POST / HTTP/1.1\r\nHost: x\r\n"
        #expect(refusal("GET /\(String(repeating: "a", count: 19)) HTTP/1.1\r\nHost: x\r\n\r\n") == nil)
        #expect(refusal("GET /\(String(repeating: "a", count: 20)) HTTP/1.1\r\nHost: x\r\n\r\n") == 414)
        // Without a line end in sight too.
        #expect(refusal("GET /\(String(repeating: "a", count: 100))") == 414)
        #expect(refusal(start + "A: 1\r\nB: 2\r\n\r\n") == nil)
        #expect(refusal(start + "A: 1\r\nB: 2\r\nC: 3\r\n\r\n") == 431)
        #expect(refusal(start + "A: \(String(repeating: "a", count: 200))\r\n\r\n") == 431)
        #expect(refusal(start + "A: \(String(repeating: "a", count: 200))") == 431)
        #expect(refusal(start + "Content-Length: 11\r\n\r\n", bodyLimit: 10) == 413)
        #expect(refusal(start + "Content-Length: 10\r\n\r\n", bodyLimit: 10) == nil)
        let chunks = start + "Transfer-Encoding: chunked\r\n\r\n"
        #expect(refusal(chunks + "5\r\nabcde\r\n6\r\n", bodyLimit: 10) == 413)
        #expect(refusal(chunks + "5\r\nabcde\r\n5\r\n", bodyLimit: 10) == nil)
        #expect(refusal(chunks + "fffffffffffffff\r\n", bodyLimit: 10) == 413)
        #expect(refusal(chunks + "5;" + String(repeating: "x", count: 300)) == 400)
        #expect(refusal(chunks + "0\r\n" + String(repeating: "A: 1\r\n", count: 4)) == 431)
        #expect(refusal(chunks + "0\r\nA: " + String(repeating: "x", count: 250)) == 431)
        // A trailer counts for its own request, not for the next one's head.
        let trailer = "0\r\nA: \(String(repeating: "x", count: 150))\r\n\r\n"
        #expect(refusal(chunks + trailer + start + "A: \(String(repeating: "x", count: 100))\r\n\r\n") == nil)
    }
}
