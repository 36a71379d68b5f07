import HTTP
import Testing

@Suite struct HTTPResponseEncoderTests {
    private func head(
        _ response: HTTPResponse, version: HTTPVersion = .http11, isHead: Bool = false, keepsAlive: Bool = true
    ) -> (text: String, framing: HTTPResponseEncoder.Framing, keepsAlive: Bool) {
        let output = OutputBuffer(capacity: 64)
        var terms = HTTPResponseEncoder.Terms(version: version, isHead: isHead, keepsAlive: keepsAlive)
        var date = HTTPDate()
        date.set(secondsSince1970: 0)
        let framing = HTTPResponseEncoder.writeHead(of: response, &terms, date: date, to: output)
        let text = String(decoding: output.bytes, as: UTF8.self)
        return (
            text.replacing("Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n", with: "[date]"), framing, terms.keepsAlive
        )
    }

    @Test func writesAHead() {
        let plain = head(.text("hello"))
        #expect(
            plain.text
                == "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n[date]Content-Length: 5\r\n\r\n")
        #expect(plain.framing == .length(5))
        let missing = head(HTTPResponse(status: .notFound), keepsAlive: false)
        #expect(missing.text == "HTTP/1.1 404 Not Found\r\n[date]Content-Length: 0\r\nConnection: close\r\n\r\n")
    }

    @Test func leavesFramingFieldsOfHandlersOut() {
        let response = HTTPResponse(
            headers: ["Content-Length": "99", "X": "1", "transfer-encoding": "chunked", "Connection": "upgrade"],
            body: .bytes([1]))
        #expect(head(response).text == "HTTP/1.1 200 OK\r\nX: 1\r\n[date]Content-Length: 1\r\n\r\n")
    }

    @Test func closesWhereTheHandlerWants() {
        let closing = head(HTTPResponse(headers: ["connection": "close"]))
        #expect(!closing.keepsAlive)
        #expect(closing.text.hasSuffix("Connection: close\r\n\r\n"))
        #expect(!closing.text.contains("connection: close"))
    }

    @Test func keepsADateThatTheHandlerSet() {
        let text = head(HTTPResponse(headers: ["Date": "then"])).text
        #expect(text == "HTTP/1.1 200 OK\r\nDate: then\r\nContent-Length: 0\r\n\r\n")
    }

    @Test func framesStreamsByVersion() {
        func stream(_ length: Int?) -> HTTPResponse {
            HTTPResponse(body: .stream(HTTPBodyStream(length: length) { nil }))
        }
        #expect(head(stream(nil)).framing == .chunked)
        #expect(head(stream(nil)).text.contains("Transfer-Encoding: chunked\r\n"))
        #expect(head(stream(7)).framing == .length(7))
        let old = head(stream(nil), version: .http10)
        #expect(old.framing == .untilClose)
        #expect(!old.keepsAlive)
        #expect(!old.text.contains("Transfer-Encoding"))
        #expect(head(.text("x"), version: .http10).text.contains("Connection: keep-alive\r\n"))
    }

    @Test func sendsNoBodyWhereNoneMayBe() {
        let headOnly = head(.text("hello"), isHead: true)
        #expect(headOnly.text.contains("Content-Length: 5\r\n"))
        #expect(headOnly.framing == .none)
        for status in [204, 304] {
            let response = HTTPResponse(status: HTTPStatus(status), body: .bytes([1, 2]))
            #expect(head(response).framing == .none)
            #expect(!head(response).text.contains("Content-Length"))
        }
    }

    @Test func writesChunks() {
        let output = OutputBuffer(capacity: 64)
        HTTPResponseEncoder.writeChunk([UInt8](repeating: 97, count: 26), to: output)
        HTTPResponseEncoder.writeChunk([], to: output)
        HTTPResponseEncoder.writeLastChunk(to: output)
        #expect(
            String(decoding: output.bytes, as: UTF8.self)
                == "1a\r\n" + String(repeating: "a", count: 26) + "\r\n0\r\n\r\n")
    }
}
