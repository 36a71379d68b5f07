import HTTP
import Testing

/// Shapes by which one parser can be made to see another request than the next (RFC 9112 §11), and plain garbage: each
/// must be refused, and never lead to an `end`.
@Suite struct HTTPRequestParserRefusalTests {
    static let start = "POST /x HTTP/1.1\r\nHost: x\r\n"
    static let chunked = start + "Transfer-Encoding: chunked\r\n\r\n"

    static let shapes: [(name: String, request: String, status: Int)] = [
        ("both lengths", start + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("both lengths, other order", start + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400),
        ("two lengths", start + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
        ("two equal lengths", start + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
        ("length list", start + "Content-Length: 3, 3\r\n\r\nabc", 400),
        ("signed length", start + "Content-Length: +3\r\n\r\nabc", 400),
        ("negative length", start + "Content-Length: -3\r\n\r\nabc", 400),
        ("hexadecimal length", start + "Content-Length: 0x3\r\n\r\nabc", 400),
        ("length with a unit", start + "Content-Length: 3 bytes\r\n\r\nabc", 400),
        ("empty length", start + "Content-Length:\r\n\r\nabc", 400),
        ("overflowing length", start + "Content-Length: 18446744073709551619\r\n\r\nabc", 400),
        ("long length", start + "Content-Length: 9999999999999999999\r\n\r\nabc", 400),
        ("length with vertical tab", start + "Content-Length: \u{b}3\r\n\r\nabc", 400),
        ("space before colon", start + "Content-Length : 3\r\n\r\nabc", 400),
        ("tab before colon", start + "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n", 400),
        ("folded line", start + "X: a\r\n b\r\n\r\n", 400),
        ("folded with tab", start + "X: a\r\n\tb\r\n\r\n", 400),
        ("folded length", start + "Content-Length:\r\n 3\r\n\r\nabc", 400),
        ("space before first field", "POST /x HTTP/1.1\r\n Host: x\r\n\r\n", 400),
        ("bare LF in head", "GET / HTTP/1.1\nHost: x\n\n", 400),
        ("bare LF after field", start + "X: a\nContent-Length: 3\r\n\r\nabc", 400),
        ("bare CR in value", start + "X: a\rContent-Length: 3\r\n\r\n", 400),
        ("CR CR LF", start + "X: a\r\r\n\r\n", 400),
        ("NUL in value", start + "X: a\0b\r\n\r\n", 400),
        ("NUL in name", start + "X\0: a\r\n\r\n", 400),
        ("DEL in value", start + "X: a\u{7f}\r\n\r\n", 400),
        ("escape in value", start + "X: a\u{1b}[31m\r\n\r\n", 400),
        ("empty name", start + ": a\r\n\r\n", 400),
        ("no colon", start + "just words\r\n\r\n", 400),
        ("name with brackets", start + "X[y]: a\r\n\r\n", 400),
        ("name beyond ASCII", start + "X\u{e9}: a\r\n\r\n", 400),
        ("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
        ("two Hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400),
        ("Host list", "GET / HTTP/1.1\r\nHost: x, y\r\n\r\n", 400),
        ("Host with path", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400),
        ("Host with user", "GET / HTTP/1.1\r\nHost: u@x\r\n\r\n", 400),
        ("coding not chunked", start + "Transfer-Encoding: identity\r\n\r\n", 400),
        ("chunked not last", start + "Transfer-Encoding: chunked, gzip\r\n\r\n", 400),
        ("chunked twice", start + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400),
        ("chunked in two fields", start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("chunked, then identity", start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", 400),
        ("almost chunked", start + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
        ("quoted chunked", start + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", 400),
        ("chunked with vertical tab", start + "Transfer-Encoding: \u{b}chunked\r\n\r\n0\r\n\r\n", 400),
        ("empty coding", start + "Transfer-Encoding:\r\n\r\n", 400),
        ("empty list element", start + "Transfer-Encoding: , chunked\r\n\r\n0\r\n\r\n", 400),
        ("unknown coding", start + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("signed chunk", chunked + "+3\r\nabc\r\n0\r\n\r\n", 400),
        ("chunk in 0x", chunked + "0x3\r\nabc\r\n0\r\n\r\n", 400),
        ("chunk after space", chunked + " 3\r\nabc\r\n0\r\n\r\n", 400),
        ("chunk before space", chunked + "3 \r\nabc\r\n0\r\n\r\n", 400),
        ("empty chunk size", chunked + "\r\nabc\r\n0\r\n\r\n", 400),
        ("chunk size of junk", chunked + "zz\r\n", 400),
        ("overflowing chunk", chunked + "10000000000000003\r\nabc\r\n0\r\n\r\n", 400),
        ("chunk with bare LF", chunked + "3\nabc\r\n0\r\n\r\n", 400),
        ("chunk extension with CR", chunked + "3;a\rb\r\nabc\r\n0\r\n\r\n", 400),
        ("chunk extension with NUL", chunked + "3;\0\r\nabc\r\n0\r\n\r\n", 400),
        ("chunk data too long", chunked + "3\r\nabcd\r\n0\r\n\r\n", 400),
        ("chunk data ends in LF", chunked + "3\r\nabc\n0\r\n\r\n", 400),
        ("chunk data ends in CR", chunked + "3\r\nabc\r0\r\n\r\n", 400),
        ("folded trailer", chunked + "0\r\nX: a\r\n b\r\n\r\n", 400),
        ("bare LF in trailer", chunked + "0\r\nX: a\n\r\n", 400),
        ("trailer without colon", chunked + "0\r\nGET / HTTP/1.1\r\n\r\n", 400),
        ("no version", "GET /\r\n\r\n", 400),
        ("lower-case version", "GET / http/1.1\r\nHost: x\r\n\r\n", 400),
        ("version without dot", "GET / HTTP/11\r\nHost: x\r\n\r\n", 400),
        ("long version", "GET / HTTP/1.10\r\nHost: x\r\n\r\n", 400),
        ("version 2", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        ("version 0.9", "GET / HTTP/0.9\r\nHost: x\r\n\r\n", 505),
        ("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("space after version", "GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400),
        ("two spaces", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("tab as space", "GET\t/\tHTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("leading space", " GET / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("bad method", "G{}T / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("relative target", "GET x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("target with space", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("target with fragment", "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("target with control", "GET /a\u{1}b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("broken escape", "GET /%4 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("broken escape digits", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("other scheme", "GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("absolute without host", "GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("CONNECT", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        ("other expectation", start + "Content-Length: 1\r\nExpect: 200-maybe\r\n\r\na", 417),
    ]

    @Test(arguments: shapes.indices)
    func refuses(_ index: Int) {
        let shape = Self.shapes[index]
        let transcript = EventTranscript(shape.request)
        #expect(transcript.refusal?.status.code == shape.status, "\(shape.name): \(transcript)")
        #expect(!transcript.lines.contains { $0.hasPrefix("body") }, "\(shape.name)")
        #expect(transcript.refusal?.message.isEmpty == false)
    }

    @Test func refusesTextThatIsNotUTF8InTargets() {
        let bytes = Array("GET /".utf8) + [0xff, 0xfe] + Array(" HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
        #expect(EventTranscript([bytes[...]]).refusal?.code == "bad_target")
    }

    /// The same answer wherever the bytes are cut in two, and byte by byte.
    @Test(arguments: shapes.indices)
    func refusesAlikeInPieces(_ index: Int) {
        let bytes = Array(Self.shapes[index].request.utf8)
        let whole = EventTranscript([bytes[...]])
        for cut in 0...bytes.count {
            let split = EventTranscript([bytes[..<cut], bytes[cut...]])
            #expect(split == whole, "\(Self.shapes[index].name) cut at \(cut)")
        }
        #expect(EventTranscript(bytes.indices.map { bytes[$0...$0] }) == whole)
    }
}
