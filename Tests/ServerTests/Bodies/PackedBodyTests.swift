import CZlib
import Corpus
import Foundation
import JSON
import Server
import Testing

/// Bodies in a content coding, and the limits on what they unpack to.
@Suite struct PackedBodyTests {
    private static let lines = "Content-Type: application/x-ndjson"

    /// One gzip member.
    private func packed(_ bytes: [UInt8]) throws -> [UInt8] {
        try #require(GzipEncoder(level: 6)?.finish(bytes))
    }

    private func packed(_ text: String) throws -> [UInt8] { try packed(Array(text.utf8)) }

    /// Status and JSON of a request with a body of any bytes.
    private func ask(
        _ server: RunningServer, _ path: String, _ body: [UInt8], coding: String? = "gzip", fields: [String] = []
    ) throws -> TestSite.Answer {
        let file = NSTemporaryDirectory() + "passerine-body-" + UUID().uuidString
        try Data(body).write(to: URL(fileURLWithPath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        let headers = (coding.map { [$0.isEmpty ? "Content-Encoding;" : "Content-Encoding: \($0)"] } ?? []) + fields
        return try TestSite.ask(
            ["http://127.0.0.1:\(server.port)\(path)", "--data-binary", "@\(file)", "-H", "Expect:"]
                + headers.flatMap { ["-H", $0] })
    }

    private func found(_ server: RunningServer, _ query: String) throws -> Int {
        try server.ask("/v1/indexes/demo/search", body: #"{"query": "\#(query)", "k": 1000}"#)
            .json["hits"]?.arrayValue?.count ?? -1
    }

    @Test(arguments: ["gzip", "GZIP", "x-gzip", " gzip ", "identity, gzip", "gzip,"])
    func gzipIsUnpackedWherePassagesAndQueriesAreTaken(_ coding: String) throws {
        let server = try RunningServer()
        let passages = (1...300).map { #"{"id": "p\#($0)", "text": "heron number \#($0)"}"# }
        let added = try ask(
            server, "/v1/indexes/demo/passages", packed(passages.joined(separator: "\n")), coding: coding,
            fields: [Self.lines])
        #expect(added.status == 200)
        #expect(try found(server, "heron") == 300)
        let query = try ask(server, "/v1/indexes/demo/search", packed(#"{"query": "network"}"#), coding: coding)
        #expect(try query.json["hits"]?.arrayValue?.count == 2)
        let array = try ask(
            server, "/v1/indexes/demo/passages", packed(#"[{"id": "x", "text": "egret"}]"#), coding: coding)
        #expect(array.status == 200)
        #expect(try found(server, "egret") == 1)
    }

    @Test func severalMembersAreOneBody() throws {
        let server = try RunningServer()
        let body =
            try packed(#"{"id": "1", "text": "stork"}"# + "\n{\"id\"") + packed("")
            + packed(": \"2\", \"text\": \"stork\"}")
        #expect(try ask(server, "/v1/indexes/demo/passages", body, fields: [Self.lines]).status == 200)
        #expect(try found(server, "stork") == 2)
    }

    @Test(arguments: ["identity", "", "identity, identity"])
    func noCodingIsNoCoding(_ coding: String) throws {
        let server = try RunningServer()
        let body = Array(#"{"query": "network"}"#.utf8)
        #expect(try ask(server, "/v1/indexes/demo/search", body, coding: coding).status == 200)
        // An empty body is the same in every coding.
        #expect(try ask(server, "/v1/indexes/demo/passages", [], coding: "gzip").status == 200)
    }

    @Test(arguments: ["br", "deflate", "zstd", "gzip, gzip", "br, gzip", "gzip, x-unknown", "a\"b"])
    func otherCodingsAreRefusedByName(_ coding: String) throws {
        let server = try RunningServer()
        for path in ["/v1/indexes/demo/search", "/v1/indexes/demo/passages", "/v1/rerank"] {
            let answer = try ask(server, path, [1, 2, 3], coding: coding)
            #expect(answer.status == 415 && answer.code == "unsupported_content_coding")
            #expect(answer["Accept-Encoding"] == "gzip")
            let words = try answer.json["error"]?["message"]?.stringValue ?? ""
            #expect(
                coding.split(separator: ",").contains { words.contains($0.replacing("\"", with: "\\\"")) }, "\(words)")
        }
        // A request without a body has none in a coding.
        let server2 = try TestSite.ask(
            ["http://127.0.0.1:\(server.port)/v1/indexes", "-H", "Content-Encoding: \(coding)"])
        #expect(server2.status == 200)
    }

    @Test(arguments: [0, 1, 9, 30])
    func whatBreaksOffOrIsDamagedIs400(_ left: Int) throws {
        let server = try RunningServer()
        let whole = try packed(#"{"query": "network"}"#)
        let broken = left == 0 ? Array(#"{"query": "network"}"#.utf8) : Array(whole.prefix(left))
        for path in ["/v1/indexes/demo/search", "/v1/indexes/demo/passages"] {
            let answer = try ask(server, path, broken)
            #expect(answer.status == 400 && answer.code == "invalid_gzip", "\(answer.body)")
        }
        var damaged = whole
        damaged[damaged.count - 6] ^= 1
        #expect(try ask(server, "/v1/indexes/demo/search", damaged).code == "invalid_gzip")
        #expect(try ask(server, "/v1/indexes/demo/search", whole + [1, 2, 3]).code == "invalid_gzip")
    }

    /// The limit on whole bodies, which is 4096 bytes here, is that of what they unpack to.
    @Test func wholeBodiesAreBoundedUnpacked() throws {
        let server = try RunningServer()
        func body(_ count: Int) -> [UInt8] {
            let start = Array(#"{"query": "network"}"#.utf8)
            return start + [UInt8](repeating: 0x20, count: count - start.count)
        }
        #expect(try ask(server, "/v1/indexes/demo/search", packed(body(4096))).status == 200)
        for count in [4097, 100 << 20] {
            let answer = try ask(server, "/v1/indexes/demo/search", packed(body(count)))
            #expect(answer.status == 413 && answer.code == "body_too_large")
            #expect(answer.body.contains("4096"))
        }
    }

    @Test func streamedBodiesAreBoundedByWhatTheyUnpackTo() throws {
        let server = try RunningServer()
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20) + [0x0A]
        let lines = Array(#"{"id": "1", "text": "ibis"}"#.utf8) + [0x0A] + (0..<24).flatMap { _ in line }
        let answer = try ask(server, "/v1/indexes/demo/passages", packed(lines), fields: [Self.lines])
        #expect(answer.status == 413)
        let summary = try JSONValue(parsing: String(answer.body.split(separator: "\n").last ?? ""))
        #expect(summary["error"]?["code"] == "body_too_large" && summary["complete"] == false && summary["added"] == 1)
        #expect(summary["error"]?["message"]?.stringValue?.contains("100 times") == true)
        #expect(try found(server, "ibis") == 1)
    }

    @Test(arguments: [[0x1F, 0x8B, 8, 0, 0], [0x28, 0xB5, 0x2F, 0xFD, 0], [0x50, 0x4B, 3, 4, 0]] as [[UInt8]])
    func packedBodiesThatSayNothingAreRecognised(_ body: [UInt8]) throws {
        let server = try RunningServer()
        for path in ["/v1/indexes/demo/search", "/v1/indexes/demo/passages", "/v1/rerank"] {
            let answer = try ask(server, path, body, coding: nil, fields: [Self.lines])
            #expect(answer.status == 415 && answer.body.contains("compressed") && answer["Accept-Encoding"] == "gzip")
        }
    }

    /// Where pieces are cut changes nothing.
    @Test(arguments: [1, 7, 1000]) func piecesOfAnySizeAreUnpacked(_ size: Int) throws {
        let text = (0..<3000).flatMap { Array("line \($0 % 97)\n".utf8) }
        let bytes = try packed(text) + packed(text)
        let decoder = try #require(GzipDecoder())
        var unpacked: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            decoder.feed(Array(bytes[start..<min(start + size, bytes.count)]))
            while let piece = try decoder.next(atMost: size) {
                #expect(piece.count <= size)
                unpacked += piece
            }
        }
        try decoder.finish()
        #expect(unpacked == text + text)
        #expect(decoder.packedBytes == bytes.count && decoder.unpackedBytes == unpacked.count)
    }
}
