import Corpus
import Foundation
import PassageIndex
import Server
import Testing

@Suite struct RouteAccessTests {
    @Test func everyRouteHasAnEntryInTheTable() throws {
        let running = try RunningServer()
        for route in running.routes {
            let name = "\(route.method.rawValue) \(route.pattern)"
            #expect(RouteAccess.all[name] != nil, "\(name) is missing in RouteAccess.all")
        }
        #expect(RouteAccess.all["PUT /v1/indexes/{name}"] == .role(.admin))
    }

    @Test func listsShowWhatIsInScope() throws {
        let (one, oneSecret) = try AccessKey.made("one", .search, indexes: ["demo"])
        let (all, allSecret) = try AccessKey.made("all", .search)
        let running = try RunningServer(keys: [one, all])
        func indexes(_ path: String, _ secret: String) throws -> [String] {
            let list = try running.ask(path, arguments: ["-H", "Authorization: Bearer \(secret)"]).json["indexes"]
            return list?.arrayValue?.compactMap { $0["name"]?.stringValue ?? $0.stringValue } ?? []
        }
        for path in ["/v1/indexes", "/v1/info"] {
            #expect(try indexes(path, oneSecret) == ["demo"])
            #expect(try indexes(path, allSecret) == ["broken", "demo"])
        }
    }

    /// Neither what is there nor what is not: whatever a key may not ask about is answered alike.
    @Test func aScopeHidesWhetherThereAreOthers() throws {
        let (one, secret) = try AccessKey.made("one", .admin, indexes: ["demo"])
        let running = try RunningServer(keys: [one])
        let arguments = ["-H", "Authorization: Bearer \(secret)"]
        for (method, path, body) in [
            ("GET", "/v1/indexes/NAME", nil), ("DELETE", "/v1/indexes/NAME", nil), ("PUT", "/v1/indexes/NAME", "{}"),
            ("GET", "/v1/indexes/NAME/search?q=x", nil), ("POST", "/v1/indexes/NAME/search", #"{"query": "x"}"#),
            ("GET", "/v1/NAME/search?query=x", nil), ("GET", "/v1/indexes/NAME/passages/1", nil),
            ("DELETE", "/v1/indexes/NAME/passages/1", nil), ("POST", "/v1/indexes/NAME/passages", "{}"),
        ] as [(String, String, String?)] {
            let answers = try ["broken", "absent"].map { name in
                let answer = try running.fetch(
                    path.replacing("NAME", with: name), method: method, body: body, arguments: arguments)
                return "\(answer.status) \(answer.body)"
            }
            #expect(answers[0] == answers[1] && answers[0].hasPrefix("403"), "\(method) \(path): \(answers)")
            #expect(!answers[0].contains("broken"))
        }
    }

    @Test func metricsShowWhatIsInScope() throws {
        let (one, oneSecret) = try AccessKey.made("one", .search, indexes: ["other"])
        let (all, allSecret) = try AccessKey.made("all", .search)
        let running = try RunningServer(keys: [one, all])
        for name in ["demo", "other"] {
            if name == "other" { try running.registry.create(name, isLexicalOnly: true) { IndexSettings(models: $0) } }
            let search = try running.ask(
                "/v1/indexes/\(name)/search", body: #"{"query": "network"}"#,
                arguments: ["-H", "Authorization: Bearer \(allSecret)"])
            #expect(search.status == 200)
        }
        running.metrics.record(indexes: try running.statistics())
        func metrics(_ secret: String?) throws -> String {
            try running.fetch("/metrics", arguments: secret.map { ["-H", "Authorization: Bearer \($0)"] } ?? []).body
        }
        let scoped = try metrics(oneSecret)
        #expect(scoped.contains(#"passerine_index_passages{index="other"} 0"#) && !scoped.contains("demo"))
        #expect(scoped.contains(#"stage_seconds_count{index="other",stage="total"} 1"#))
        #expect(scoped.contains("\npasserine_ready "))
        for text in [try metrics(allSecret), try metrics(nil)] {
            #expect(
                text.contains(#"index_passages{index="demo"} 2"#) && text.contains(#"index_passages{index="other"} 0"#))
        }
    }

    @Test(arguments: [false, true]) func droppedIndexesLeaveTheMetrics(_ isByHand: Bool) throws {
        let running = try RunningServer()
        // It has been searched before anybody looked at what it holds.
        #expect(try running.ask("/v1/indexes/demo/search", body: #"{"query": "network"}"#).status == 200)
        #expect(try running.fetch("/metrics").body.contains("demo"))
        if isByHand {
            try FileManager.default.removeItem(atPath: running.path + "/demo")
            running.metrics.record(indexes: try running.statistics())
        } else {
            #expect(try running.ask("/v1/indexes/demo", method: "DELETE").status == 200)
        }
        #expect(try !running.fetch("/metrics").body.contains("demo"))
    }

    @Test func informationSaysWhatRuns() throws {
        let running = try RunningServer()
        let (status, json) = try running.ask("/v1/info")
        #expect(status == 200 && json["version"] == "test" && json["kernels"]?.stringValue?.isEmpty == false)
        #expect(json["blas"]?["kernels"]?.stringValue?.isEmpty == false)
        #expect(json["processor"]?["cores"]?.integerValue ?? 0 >= 1 && json["models"] == .array([]))
    }

    @Test func searchesAreTimedByStage() throws {
        let running = try RunningServer()
        #expect(try running.ask("/v1/indexes/demo/search", body: #"{"query": "network"}"#).status == 200)
        let text = try running.fetch("/metrics").body
        for stage in ["bm25", "total"] {
            #expect(text.contains(#"passerine_search_stage_seconds_count{index="demo",stage="\#(stage)"} 1"#))
        }
    }
}
