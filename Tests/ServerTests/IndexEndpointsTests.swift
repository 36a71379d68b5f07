import Corpus
import Foundation
import PassageIndex
import Ranking
import Testing

@Suite struct IndexEndpointsTests {
    @Test func makesFillsAndDropsAnIndex() throws {
        let server = try RunningServer()
        let made = try server.ask(
            "/v1/indexes/new", method: "PUT", body: #"{"lexical_only": true, "analysis": "plain", "fields": ["a.b"]}"#)
        #expect(made.status == 201)
        #expect(made.json["fields"] == ["a.b"])
        #expect(made.json["passages"] == 0)
        #expect(made.json["analysis"] == "plain")
        // The same again is no change; another analysis is refused.
        #expect(
            try server.ask(
                "/v1/indexes/new", method: "PUT",
                body: #"{"lexical_only": true, "analysis": "plain", "fields": ["a.b"]}"#
            ).status
                == 200)
        #expect(try server.ask("/v1/indexes/new", method: "PUT", body: #"{"lexical_only": true}"#).status == 409)
        #expect(try server.ask("/v1/indexes/new/passages", body: #"[{"id": "1", "text": "okapi"}]"#).status == 200)
        let found = try server.ask("/v1/indexes/new/search", body: #"{"query": "okapi"}"#)
        #expect(found.json["hits"]?.arrayValue?.count == 1)
        #expect(try server.ask("/v1/indexes/new", method: "DELETE").json["dropped"] == true)
        #expect(try server.ask("/v1/indexes/new/search", body: #"{"query": "okapi"}"#).status == 404)
        #expect(try server.ask("/v1/indexes/new/passages", body: "[]").status == 404)
        #expect(try server.ask("/v1/indexes/new", method: "DELETE").status == 404)
        let left = try FileManager.default.contentsOfDirectory(atPath: server.path).sorted()
        #expect(left == ["broken", "demo"])
        // The name is free again.
        #expect(try server.ask("/v1/indexes/new", method: "PUT", body: "").status == 201)
    }

    @Test(arguments: [
        ("..%2Fx", "", 400), ("%00", "", 400), ("-x", "", 400), ("x", #"{"codec": "int3"}"#, 400),
        ("x", #"{"dimension": 5.5}"#, 400), ("x", #"{"size": 1}"#, 400), ("x", "[]", 400), ("x", "{", 400),
        ("x", #"{"lexical_only": "no"}"#, 400), ("x", #"{"analysis": "klingon"}"#, 400),
        ("x", #"{"fields": "section"}"#, 400), ("x", #"{"lexical_only": true, "fields": ["it's"]}"#, 400),
        ("x", #"{"fields": [5]}"#, 400),
    ])
    func badCreationsAreRefused(name: String, body: String, status: Int) throws {
        let server = try RunningServer()
        let answer = try server.ask("/v1/indexes/\(name)", method: "PUT", body: body)
        #expect(answer.status == status)
        #expect(answer.json["error"]?["message"]?.stringValue?.isEmpty == false)
        #expect(try server.registry.names == ["broken", "demo"])
    }

    @Test func seesWhatOtherProcessesMakeAndRemove() throws {
        let server = try RunningServer()
        let folder = IndexFolder(path: server.path + "/other")
        #expect(try server.ask("/v1/indexes/other").status == 404)
        do {
            let writer = try IndexWriter(folder, settings: IndexSettings(models: .none), models: .none)
            try writer.add([Passage(id: "1", text: "quagga")])
            try writer.commit()
        }
        #expect(try server.ask("/v1/indexes/other").json["passages"] == 1)
        try folder.remove()
        #expect(try server.ask("/v1/indexes/other").status == 404)
    }

    @Test func aWriterIsNotTakenFromWhoHasIt() throws {
        let server = try RunningServer()
        let writer = try IndexWriter(maintaining: IndexFolder(path: server.path + "/demo"))
        #expect(try server.ask("/v1/indexes/demo", method: "DELETE").status == 503)
        withExtendedLifetime(writer) {}
        #expect(try server.ask("/v1/indexes/demo").status == 200)
    }
}
