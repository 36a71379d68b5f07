import Corpus
import Foundation
import JSON
import Testing

/// What a search can be asked beside its query, over HTTP.
@Suite struct SearchOptionsEndpointTests {
    private static let path = "/v1/indexes/demo/search"

    private func escape(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    @Test func filtersFacetsHighlightsAndPages() throws {
        let running = try RunningServer()
        let (status, json) = try running.ask(
            Self.path,
            body: #"""
                {"query": "networks", "filter": {"not": {"section": null}}, "facets": ["section", {"field": "x", "size": 2}],
                 "highlight": true, "offset": 0, "k": 5}
                """#)
        #expect(status == 200)
        #expect(json["hits"]?.arrayValue?.compactMap { $0["id"]?.stringValue } == ["dia"])
        #expect(json["hits"]?.arrayValue?.first?["highlights"] == [[10, 17]])
        #expect(json["facets"] == ["section": [["value": "graphics", "count": 1]], "x": []])
        #expect(json["offset"] == 0)
        let (_, page) = try running.ask(Self.path, body: #"{"query": "network", "offset": 1, "k": 1}"#)
        #expect(page["hits"]?.arrayValue?.compactMap { $0["rank"] } == [2])
    }

    @Test func aGetAsksTheSame() throws {
        let running = try RunningServer()
        let filter = escape(#"{"section": "graphics"}"#)
        let (status, json) = try running.ask(
            Self.path + "?q=network+diagrams&k=3&filter=\(filter)&facets=section,x&highlight=1&explain=true&offset=0")
        #expect(status == 200)
        #expect(json["query"] == "network diagrams")
        #expect(json["hits"]?.arrayValue?.compactMap { $0["id"]?.stringValue } == ["dia"])
        #expect(json["hits"]?.arrayValue?.first?["highlights"]?.arrayValue?.count == 2)
        #expect(json["hits"]?.arrayValue?.first?["explanation"]?["bm25"]?.arrayValue?.count == 2)
        #expect(json["facets"]?["section"]?.arrayValue?.count == 1)
    }

    @Test func aListOfFieldsIsCutAtEveryComma() throws {
        let running = try RunningServer()
        // The second name begins with a combining mark; the third is the first in its other form.
        let (status, json) = try running.ask(Self.path + "?q=network&facets=%C3%A9,%CC%81x,e%CC%81")
        #expect(status == 200)
        #expect(json["facets"] == ["\u{E9}": [], "\u{301}x": [], "e\u{301}": []])
    }

    @Test func batchesAnswerInOrder() throws {
        let running = try RunningServer()
        let (status, json) = try running.ask(Self.path, body: #"{"queries": ["diagrams", "", "explores"], "k": 1}"#)
        #expect(status == 200)
        let results = try #require(json["results"]?.arrayValue)
        #expect(results.map { $0["query"]?.stringValue } == ["diagrams", "", "explores"])
        #expect(results.map { $0["hits"]?.arrayValue?.first?["id"]?.stringValue } == ["dia", nil, "nmap"])
        let (_, one) = try running.ask(Self.path, body: #"{"queries": ["diagrams"]}"#)
        #expect(one["results"]?.arrayValue?.count == 1)
    }

    @Test func anserinisClientsAreAnswered() throws {
        let running = try RunningServer()
        let (status, json) = try running.ask("/v1/demo/search?query=network&hits=1")
        #expect(status == 200)
        #expect(json["api"] == "v1")
        #expect(json["index"] == "demo")
        #expect(json["query"] == ["text": "network"])
        let candidate = try #require(json["candidates"]?.arrayValue?.first)
        #expect(candidate["docid"] == "nmap")
        #expect(candidate["rank"] == 1)
        #expect(candidate["score"]?.numberValue ?? 0 > 0)
        #expect(candidate["doc"] == ["id": "nmap", "contents": "Explores a network."])
        let (_, raw) = try running.ask("/v1/demo/search?query=network&hits=1&parse=false")
        #expect(
            raw["candidates"]?.arrayValue?.first?["doc"]?.stringValue
                == #"{"contents":"Explores a network.","id":"nmap"}"#)
        #expect(try running.ask("/v1/nowhere/search?query=x").status == 404)
        for query in ["", "?hits=3", "?query=x&hits=0", "?query=x&hits=ten", "?query=x&parse=maybe", "?query=x&qid=1"] {
            #expect(try running.ask("/v1/demo/search" + query).status == 400)
        }
    }

    @Test(arguments: [
        (#""filter": []"#, "filter must be an object"), (#""filter": "section = 1""#, "filter must be an object"),
        (#""filter": {"section": ["net"]}"#, "filter.section must"),
        (#""filter": {"and": [{"x": 1}, {"size": {"gte": {}}}]}"#, "filter.and[1].size.gte must"),
        (#""filter": {"size": {"$gt": 1}}"#, #"filter.size["$gt"] is no"#),
        (#""filter": {"a\"] OR 1=1": 1}"#, #"filter["a\"] OR 1=1"] is no name"#),
        (#""filter": {"a\u0000b": 1}"#, "is no name"), (#""filter": {"": 1}"#, "is no name"),
        (#""filter": {"section": "a\u0000"}"#, "filter.section must"),
        (#""filter": {"x": {"in": {"y": 1}}}"#, "filter.x.in must"),
        (#""offset": -1"#, "offset must"), (#""offset": 10000, "k": 1"#, "offset is 10000"),
        (#""offset": "1""#, "offset must"),
        (#""facets": "section""#, "facets must"), (#""facets": [5]"#, "facets[0] must"),
        (#""facets": ["a", "a"]"#, "each named once"), (#""facets": [{"field": 5}]"#, "facets[0].field must"),
        (#""facets": [{"field": "a", "size": 0}]"#, "facets[0].size must"),
        (#""facets": [{"field": "a", "top": 1}]"#, "facets[0] must"),
        (#""highlight": 1"#, "highlight must"), (#""queries": ["x"]"#, "not both"),
    ])
    func badFieldsAreRefusedByName(field: String, message: String) throws {
        let running = try RunningServer()
        let (status, json) = try running.ask(Self.path, body: #"{"query": "network", \#(field)}"#)
        #expect(status == 400)
        #expect(json["error"]?["code"] == "invalid_request")
        #expect(json["error"]?["message"]?.stringValue?.contains(message) == true, "\(json)")
    }

    @Test(arguments: [
        "{\"queries\": []}", "{\"queries\": \"x\"}", "{\"queries\": [\"x\", 5]}",
        "{\"queries\": [\"x\", \"y\"], \"k\": 6000}",
        "{\"queries\": [\(Array(repeating: "\"x\"", count: 101).joined(separator: ","))]}",
        // Nested as deep as a body allows, and a list of as many values.
        "{\"query\": \"x\", \"filter\": \(String(repeating: "{\"not\":", count: 400))1\(String(repeating: "}", count: 400))}",
        "{\"query\": \"x\", \"filter\": \(String(repeating: "{\"not\":", count: 40)){}\(String(repeating: "}", count: 40))}",
        "{\"query\": \"x\", \"filter\": {\"or\": [\(Array(repeating: "{\"a\":1}", count: 101).joined(separator: ","))]}}",
    ])
    func whatIsTooMuchIsRefused(body: String) throws {
        let running = try RunningServer()
        #expect(try running.ask(Self.path, body: body).status == 400)
    }

    @Test(arguments: [
        "", "?k=3", "?q=x&q=y", "?q=x&k=0", "?q=x&k=1.5", "?q=x&size=3", "?q=x&filter=%7B", "?q=x&filter=%5B%5D",
        "?q=x&filter=%FF", "?q=%FF", "?q=x&highlight=yes", "?q=x&explain=", "?q=x&pipeline=bm26", "?q=x&facets=a,a",
        "?query=x", "?q=x&queries=y",
    ])
    func badQueryStringsAreRefused(query: String) throws {
        let running = try RunningServer()
        let (status, json) = try running.ask(Self.path + query)
        #expect(status == 400)
        #expect(json["error"]?["message"]?.stringValue?.isEmpty == false)
    }

    @Test(arguments: [
        "it's", "x') OR ('1'='1", "$.section", "section\u{2019}s", "a.b", "a[0]", "*", "%", "漢字",
        "; DROP TABLE passages; --",
    ])
    func namesAndValuesAreNeverSyntax(text: String) throws {
        let running = try RunningServer()
        let name = JSONValue.string(text).serialised()
        for filter in ["{\(name): \(name)}", "{\(name): {\"in\": [\(name)]}}", "{\(name): {\"gte\": \(name)}}"] {
            let (status, json) = try running.ask(Self.path, body: "{\"query\": \"network\", \"filter\": \(filter)}")
            #expect(status == 200)
            #expect(json["hits"] == [])
        }
        let (_, others) = try running.ask(
            Self.path, body: "{\"query\": \"network\", \"filter\": {\"not\": {\"section\": \(name)}}}")
        #expect(others["hits"]?.arrayValue?.count == 2)
    }
}
