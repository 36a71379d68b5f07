import Corpus
import Foundation
import JSON
import Ranking
import Testing

/// What the first bytes of bodies say of their text.
@Suite struct BodyTextTests {
    private static let mark = "\u{FEFF}"

    @Test(arguments: [
        (#"{"id": "1", "text": "plover"}"# + "\n" + #"{"id": "2", "text": "plover"}"#, "application/x-ndjson"),
        ("\n" + #"{"id": "1", "text": "plover"}"# + "\n\n" + #"{"id": "2", "text": "plover"}"#, "text/plain"),
        (#"[{"id": "1", "text": "plover"}, {"id": "2", "text": "plover"}]"#, "application/json"),
        (#" [{"id": "1", "text": "plover"}, {"id": "2", "text": "plover"}]"#, "application/x-ndjson"),
    ])
    func aMarkBeforePassagesIsPassedOver(_ body: String, _ type: String) throws {
        let server = try RunningServer()
        let answer = try server.fetch(
            "/v1/indexes/demo/passages", body: Self.mark + body, arguments: ["-H", "Content-Type: \(type)"])
        #expect(answer.status == 200)
        let found = try server.ask("/v1/indexes/demo/search", body: #"{"query": "plover"}"#)
        #expect(found.json["hits"]?.arrayValue?.compactMap { $0["id"]?.stringValue }.sorted() == ["1", "2"])
    }

    @Test func aMarkBeforeASinglePassageIsPassedOver() throws {
        let server = try RunningServer()
        let body = "{\n\"id\": \"1\",\n\"text\": \"plover\"}"
        let answer = try server.ask(
            "/v1/indexes/demo/passages", body: Self.mark + body,
            arguments: ["-H", "Content-Type: application/json ; charset=utf-8"])
        #expect(answer.status == 200 && answer.json["added"] == 1)
    }

    @Test(arguments: [
        ("/v1/indexes/demo/search", "POST", #"{"query": "network"}"#, 200), ("/v1/indexes/new", "PUT", "{}", 201),
        ("/v1/rerank", "POST", #"{"query": "x", "documents": ["a"]}"#, 400),
        ("/v1/embeddings", "POST", #"{"input": "a"}"#, 503),
        ("/rerank", "POST", #"{"query": "x", "texts": ["a"]}"#, 400),
    ])
    func aMarkBeforeAnObjectIsPassedOver(_ path: String, _ method: String, _ body: String, _ status: Int) throws {
        // Without models the last ones get as far as asking for one.
        let server = try RunningServer()
        let answer = try server.ask(path, method: method, body: Self.mark + body)
        #expect(answer.status == status)
        #expect(answer.json["error"]?["code"] != "invalid_json")
    }

    /// What a client wrote comes back only so far as it takes to find it.
    @Test(arguments: ["/v1/indexes/demo/search", "/v1/rerank", "/v1/indexes/new"])
    func namesThatAreLongAreCut(_ path: String) throws {
        let server = try RunningServer()
        let method = path.hasSuffix("new") ? "PUT" : "POST"
        let answer = try server.fetch(
            path, method: method, body: #"{"\#(String(repeating: "n\u{301}", count: 1000))": 1}"#)
        #expect(answer.status == 400 && answer.body.contains("n\u{301}n\u{301}") && answer.body.utf8.count < 1000)
    }

    /// One at the head is dropped, others are text.
    @Test func onlyTheFirstMarkIsDropped() throws {
        let server = try RunningServer()
        let twice = try server.ask("/v1/indexes/demo/search", body: Self.mark + Self.mark + #"{"query": "network"}"#)
        #expect(twice.status == 400)
        let body = #"{"id": "\#(Self.mark)1", "text": "plover"}"#
        #expect(try server.ask("/v1/indexes/demo/passages", body: Self.mark + body).json["added"] == 1)
        #expect(try server.ask("/v1/indexes/demo/passages/%EF%BB%BF1").status == 200)
        // A body that is nothing else is an empty one.
        #expect(try server.ask("/v1/indexes/demo/passages", body: Self.mark).json["added"] == 0)
    }

    @Test(arguments: [
        String.Encoding.utf16, .utf16LittleEndian, .utf16BigEndian, .utf32, .utf32LittleEndian, .utf32BigEndian,
    ])
    func otherEncodingsAreRefusedInWords(_ encoding: String.Encoding) throws {
        let server = try RunningServer()
        let data = try #require(#"{"id": "1", "text": "plover"}"#.data(using: encoding))
        let file = NSTemporaryDirectory() + "passerine-body-" + UUID().uuidString
        try data.write(to: URL(fileURLWithPath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        for (path, type) in [
            ("/v1/indexes/demo/passages", "application/x-ndjson"), ("/v1/indexes/demo/passages", "application/json"),
            ("/v1/indexes/demo/search", "application/json; charset=utf-16"),
        ] {
            let answer = try TestSite.ask([
                "http://127.0.0.1:\(server.port)\(path)", "--data-binary", "@\(file)", "-H", "Content-Type: \(type)",
            ])
            #expect(answer.status == 415 && answer.code == "unsupported_charset" && answer.body.contains("UTF-8"))
        }
    }
}
