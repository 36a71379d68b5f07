import Corpus
import Testing

@Suite struct SearchEndpointsTests {
    @Test func searches() throws {
        let running = try RunningServer()
        let (status, json) = try running.ask(
            "/v1/indexes/demo/search", body: #"{"query": "network diagrams", "k": 1, "explain": true}"#)
        #expect(status == 200)
        let hits = try #require(json["hits"]?.arrayValue)
        #expect(hits.count == 1)
        #expect(hits.first?["id"] == "dia")
        #expect(hits.first?["metadata"] == ["section": "graphics"])
        #expect(hits.first?["explanation"]?["bm25"]?.arrayValue?.count == 2)
        #expect(json["milliseconds"]?["bm25"]?.numberValue ?? -1 >= 0)
        #expect(json["pipeline"] == "bm25:1000")
    }

    @Test func textCanBeLeftOutAndBodiesCanBeChunked() throws {
        let running = try RunningServer()
        let (status, json) = try running.ask(
            "/v1/indexes/demo/search", body: #"{"query": "network", "include_text": false}"#,
            arguments: ["-H", "Transfer-Encoding: chunked"])
        #expect(status == 200)
        #expect(json["hits"]?.arrayValue?.count == 2)
        #expect(json["hits"]?.arrayValue?.first?["text"] == nil)
    }

    @Test func listsAndDescribes() throws {
        let running = try RunningServer()
        let (status, list) = try running.ask("/v1/indexes")
        #expect(status == 200)
        #expect(list["indexes"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == ["broken", "demo"])
        let (_, one) = try running.ask("/v1/indexes/demo")
        #expect(one["passages"] == 2)
        #expect(try running.ask("/healthz").json["status"] == "ok")
    }

    @Test(arguments: [
        ("/v1/indexes/none/search", #"{"query": "x"}"#, 404, "no_such_index"),
        ("/v1/indexes/%2e%2e/search", #"{"query": "x"}"#, 400, "invalid_request"),
        ("/v1/indexes/broken/search", #"{"query": "x"}"#, 500, "index_damaged"),
        ("/v1/indexes/demo/search", "", 400, "invalid_json"),
        ("/v1/indexes/demo/search", "{", 400, "invalid_json"),
        ("/v1/indexes/demo/search", "[]", 400, "invalid_request"),
        ("/v1/indexes/demo/search", "{}", 400, "invalid_request"),
        ("/v1/indexes/demo/search", #"{"query": 5}"#, 400, "invalid_request"),
        ("/v1/indexes/demo/search", #"{"query": "x", "k": 0}"#, 400, "invalid_request"),
        ("/v1/indexes/demo/search", #"{"query": "x", "k": 1.5}"#, 400, "invalid_request"),
        ("/v1/indexes/demo/search", #"{"query": "x", "size": 3}"#, 400, "invalid_request"),
        ("/v1/indexes/demo/search", #"{"query": "x", "explain": "yes"}"#, 400, "invalid_request"),
        ("/v1/indexes/demo/search", #"{"query": "x", "pipeline": "bm26"}"#, 400, "invalid_request"),
        (
            "/v1/indexes/demo/search", #"{"query": "x", "pipeline": {"stages": [{"stage": "x"}]}}"#, 400,
            "invalid_request"
        ),
        ("/v1/indexes/demo/search", #"{"query": "x", "pipeline": "bm25:9,colbert:5"}"#, 400, "stage_unavailable"),
    ])
    func badRequestsAreRefusedInWords(path: String, body: String, status: Int, code: String) throws {
        let running = try RunningServer()
        let answer = try running.ask(path, body: body)
        #expect(answer.status == status)
        #expect(answer.json["error"]?["code"]?.stringValue == code)
        #expect(answer.json["error"]?["message"]?.stringValue?.isEmpty == false)
    }

    /// A dictionary's own order is another each time.
    @Test(arguments: [
        (
            "/v1/indexes/demo/search",
            #"{"query": "x", "k": 0, "offset": -1, "facets": 1, "highlight": 2, "explain": 3, "include_text": 4}"#
        ),
        ("/v1/indexes/demo/search", #"{"query": "x", "pipeline": {"candidates": {"x": 1, "y": 2, "z": 3, "k": "4"}}}"#),
        ("/v1/indexes/demo/search?q=x&k=0&offset=y&facets=%22&highlight=2&explain=3&pipeline=z", nil),
    ])
    func ofSeveralFaultsTheSameOneIsNamedEachTime(path: String, body: String?) throws {
        let running = try RunningServer()
        let answers = try (0..<16).map { _ in try running.ask(path, body: body) }
        #expect(answers.allSatisfy { $0.status == 400 })
        #expect(Set(answers.map { $0.json["error"]?["message"]?.stringValue ?? "" }).count == 1)
    }

    @Test func bodiesOverTheLimitAreRefused() throws {
        let running = try RunningServer()
        let body = #"{"query": ""# + String(repeating: "x", count: 5000) + #""}"#
        #expect(try running.ask("/v1/indexes/demo/search", body: body).status == 413)
    }
}
