import Corpus
import Foundation
import HTTP
import PassageIndex
import Ranking
import Search
import Server
import Testing

@Suite struct SearchServiceTests {
    /// A running server over a small lexical index; stopped with the value.
    private final class Running {
        private let path = NSTemporaryDirectory() + "passerine-" + UUID().uuidString
        private let server: HTTPServer
        let port: Int

        init() throws {
            let models = ModelSet.none
            let folder = IndexFolder(path: path + "/demo")
            let writer = try IndexWriter(folder, settings: IndexSettings(models: models), models: models)
            try writer.add([
                Passage(id: "dia", text: "Dia draws network diagrams.", metadata: ["section": "graphics"]),
                Passage(id: "nmap", text: "Explores a network."),
            ])
            try writer.commit()
            let engine = try SearchEngine(reader: IndexReader(folder, models: models), models: models)
            let service = SearchService(
                engines: ["demo": engine], failures: ["broken": "its catalogue is damaged"], version: "test",
                bodyBytes: 4096)
            var configuration = HTTPServer.Configuration()
            configuration.addresses = [.ip(host: "127.0.0.1", port: 0)]
            configuration.maxBodyBytes = 4096
            server = HTTPServer(configuration: configuration, router: service.router())
            try server.start()
            port = server.boundAddress?.port ?? 0
        }

        deinit {
            _ = server.stop(within: .seconds(2))
            try? FileManager.default.removeItem(atPath: path)
        }

        /// Status and JSON body of a request made with curl, a client that is not ours.
        func ask(_ path: String, body: String? = nil, arguments: [String] = []) throws -> (status: Int, json: JSONValue)
        {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments =
                ["curl", "-s", "-m", "20", "-w", "\n%{http_code}"] + arguments
                + (body.map { ["-H", "Content-Type: application/json", "--data-binary", $0] } ?? [])
                + ["http://127.0.0.1:\(port)\(path)"]
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            let lines = output.split(separator: "\n")
            let json = try JSONValue(parsing: lines.dropLast().joined(separator: "\n"))
            return (lines.last.flatMap { Int($0) } ?? 0, json)
        }
    }

    @Test func searches() throws {
        let running = try Running()
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
        let running = try Running()
        let (status, json) = try running.ask(
            "/v1/indexes/demo/search", body: #"{"query": "network", "include_text": false}"#,
            arguments: ["-H", "Transfer-Encoding: chunked"])
        #expect(status == 200)
        #expect(json["hits"]?.arrayValue?.count == 2)
        #expect(json["hits"]?.arrayValue?.first?["text"] == nil)
    }

    @Test func listsAndDescribes() throws {
        let running = try Running()
        let (status, list) = try running.ask("/v1/indexes")
        #expect(status == 200)
        #expect(list["indexes"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == ["demo", "broken"])
        let (_, one) = try running.ask("/v1/indexes/demo")
        #expect(one["passages"] == 2)
        #expect(try running.ask("/healthz").json["status"] == "ok")
    }

    @Test(arguments: [
        ("/v1/indexes/none/search", #"{"query": "x"}"#, 404, "no_such_index"),
        ("/v1/indexes/%2e%2e/search", #"{"query": "x"}"#, 404, "no_such_index"),
        ("/v1/indexes/broken/search", #"{"query": "x"}"#, 503, "index_unavailable"),
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
        let running = try Running()
        let answer = try running.ask(path, body: body)
        #expect(answer.status == status)
        #expect(answer.json["error"]?["code"]?.stringValue == code)
        #expect(answer.json["error"]?["message"]?.stringValue?.isEmpty == false)
    }

    @Test func bodiesOverTheLimitAreRefused() throws {
        let running = try Running()
        let body = #"{"query": ""# + String(repeating: "x", count: 5000) + #""}"#
        #expect(try running.ask("/v1/indexes/demo/search", body: body).status == 413)
    }
}
