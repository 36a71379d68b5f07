import Corpus
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
