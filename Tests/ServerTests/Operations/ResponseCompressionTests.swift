import Foundation
import Server
import Testing

@Suite struct ResponseCompressionTests {
    private static let text = String(repeating: "all work and no play ", count: 200)

    @Test func bodiesAreCompressedWhereAsked() throws {
        let site = try TestSite()
        let plain = try site.ask("/v1/indexes/notes")
        #expect(plain.body == Self.text && plain["Content-Encoding"] == nil)
        #expect(plain.values("Vary").contains("Accept-Encoding"))
        let packed = try site.ask("/v1/indexes/notes", "--compressed")
        #expect(packed.body == Self.text && packed["Content-Encoding"] == "gzip")
        #expect(packed["Content-Length"].flatMap { Int($0) } ?? .max < 500)
        let head = try site.ask("/v1/indexes/notes", "-I", "-H", "Accept-Encoding: gzip")
        #expect(head["Content-Length"] == packed["Content-Length"])
        // Small bodies are left alone.
        let small = try site.ask("/healthz", "--compressed")
        #expect(small["Content-Encoding"] == nil && small["Vary"] == nil)
    }

    @Test func streamsAreCompressedToo() throws {
        let site = try TestSite()
        let plain = try site.ask("/v1/indexes/stream")
        #expect(plain.body == String(repeating: Self.text, count: 5))
        let packed = try site.ask("/v1/indexes/stream", "--compressed")
        #expect(packed.body == plain.body && packed["Content-Encoding"] == "gzip")
    }

    @Test(arguments: [
        ("gzip", true), ("GZip", true), ("gzip;q=0", false), ("gzip; q=0.0", false), ("gzip;q=0.5, br", true),
        ("*", true), ("*;q=0", false), ("*, gzip;q=0", false), ("br, deflate", false), ("identity", false), ("", false),
        ("gzip;q=nonsense", false), ("br;q=1, x-gzip", true), (",,;", false),
    ])
    func weightsAreHeeded(field: String, isPacked: Bool) throws {
        let site = try TestSite()
        let answer = try site.ask(
            "/v1/indexes/notes", "-H", field.isEmpty ? "Accept-Encoding;" : "Accept-Encoding: \(field)")
        #expect((answer["Content-Encoding"] == "gzip") == isPacked)
    }

    @Test func everyResponseHasItsFields() throws {
        let site = try TestSite()
        for path in ["/", "/nowhere", "/healthz", "/v1/indexes"] {
            let answer = try site.ask(path)
            #expect(answer["X-Content-Type-Options"] == "nosniff" && answer["X-Frame-Options"] == "DENY")
            #expect(answer["Content-Security-Policy"]?.contains("default-src 'none'") == true)
            #expect(answer["Referrer-Policy"] == "no-referrer" && answer["X-Request-ID"]?.count == 16, "\(path)")
        }
    }
}
