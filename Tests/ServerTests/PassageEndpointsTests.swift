import Corpus
import Foundation
import JSON
import PassageIndex
import Testing

@Suite struct PassageEndpointsTests {
    private static let lines = ["-H", "Content-Type: application/x-ndjson"]

    private func ids(_ server: RunningServer, _ query: String) throws -> Set<String> {
        let (_, json) = try server.ask("/v1/indexes/demo/search", body: #"{"query": "\#(query)", "k": 1000}"#)
        return Set(json["hits"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? [])
    }

    @Test func storesLinesAndSaysWhatBecameOfEach() throws {
        let server = try RunningServer()
        let body = """
            {"id": "a", "text": "zebra one"}

            {"id": "nmap", "text": "zebra two", "metadata": {"n": 1}}
            {"id": "broken"
            {"id": "", "text": "zebra"}
            {"id": "b", "text": "zebra three"}
            """
        let answer = try server.fetch("/v1/indexes/demo/passages", body: body, arguments: Self.lines)
        #expect(answer.status == 200)
        let lines = try answer.body.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        let results = Dictionary(
            lines.dropLast().map { ($0["position"]?.integerValue ?? 0, $0) }, uniquingKeysWith: { $1 })
        #expect(results.count == 5)
        #expect(results[1]?["result"] == "added")
        #expect(results[3]?["result"] == "replaced")
        #expect(results[4]?["error"]?.stringValue?.contains("JSON") == true)
        #expect(results[5]?["error"]?.stringValue?.contains("id is empty") == true)
        #expect(results[6]?["id"] == "b")
        #expect(lines.last == ["added": 2, "replaced": 1, "failed": 2, "complete": true])
        #expect(try ids(server, "zebra") == ["a", "b", "nmap"])
        #expect(try ids(server, "network") == ["dia"])
        #expect(
            try server.ask("/v1/indexes/demo/passages/nmap").json
                == ["id": "nmap", "text": "zebra two", "metadata": ["n": 1]])
    }

    @Test(arguments: [("\n \n", 3), ("", 1)]) func positionsAreLines(before: String, position: Int64) throws {
        let server = try RunningServer()
        let answer = try server.fetch(
            "/v1/indexes/demo/passages", body: before + #"{"id": "a", "text": "x"}"# + "\r\n", arguments: Self.lines)
        let first = try JSONValue(parsing: String(answer.body.prefix { $0 != "\n" }))
        #expect(first["position"] == .integer(position))
    }

    @Test func aLineThatIsTooLongEndsTheStream() throws {
        let server = try RunningServer()
        let long = #"{"id": "b", "text": ""# + String(repeating: "x", count: 17 << 20) + #""}"#
        let answer = try server.fetch(
            "/v1/indexes/demo/passages", body: #"{"id": "a", "text": "yak"}"# + "\n" + long, arguments: Self.lines)
        #expect(answer.status == 413)
        let summary = try JSONValue(parsing: String(answer.body.split(separator: "\n").last ?? ""))
        #expect(summary["error"]?["code"] == "passage_too_long")
        #expect(summary["added"] == 1 && summary["complete"] == false)
        #expect(try ids(server, "yak") == ["a"])
    }

    @Test func storesArraysOfAnyLengthAndShape() throws {
        let server = try RunningServer()
        // Beyond the limit of bodies that are taken whole, and beyond one batch.
        let count = 3000
        let passages = (0..<count).map { #"{"id": "p\#($0)", "text": "walrus [,] \"{\\ number \#($0)"}"# }
        let answer = try server.ask(
            "/v1/indexes/demo/passages", body: "\n[ " + passages.joined(separator: " ,\n") + " ]\n",
            arguments: ["-H", "Transfer-Encoding: chunked"])
        #expect(answer.status == 200)
        #expect(answer.json["added"] == .integer(Int64(count)))
        #expect(answer.json["results"]?.arrayValue?.count == count)
        #expect(try ids(server, "walrus").count == 1000)
        #expect(try server.ask("/v1/indexes/demo").json["passages"] == .integer(Int64(count + 2)))
    }

    @Test(arguments: [
        (#"[{"id": "a", "text": "x"} {"id": "b", "text": "y"}]"#, 400, 0),
        (#"[{"id": "a", "text": "yak"}, {"id": "b", "text": "y"}"#, 400, 1),
        (#"[{"id": "a", "text": "yak"},]"#, 400, 1),
        (#"[,{"id": "a", "text": "yak"}]"#, 400, 0),
        (#"[{"id": "a", "text": "yak"}] x"#, 400, 1),
        (#"[{"id": "a", "text": "yak"}]"#, 200, 1),
        (#"{"id": "a", "text": "yak"}"#, 200, 1),
        ("{\n\"id\": \"a\",\n\"text\": \"yak\"\n}\n", 200, 1),
        (#"[1, null, "x", []]"#, 400, 0),
        (#"{"id": "a"}"#, 400, 0),
        ("[]", 200, 0), ("", 200, 0), ("[", 400, 0), ("]", 400, 0),
    ])
    func malformedBodiesStoreWhatCameBeforeTheFault(body: String, status: Int, stored: Int) throws {
        let server = try RunningServer()
        let answer = try server.ask("/v1/indexes/demo/passages", method: "POST", body: body)
        #expect(answer.status == status)
        #expect(answer.json["added"] == .integer(Int64(stored)))
        #expect(try ids(server, "yak").count == stored)
    }

    @Test func manyResultsGoThroughAFile() throws {
        let server = try RunningServer()
        let count = 20_000
        let body = (0..<count).map { #"{"id": "passage-with-a-long-name-\#($0)", "text": "t"}"# }.joined(
            separator: "\n")
        let answer = try server.fetch("/v1/indexes/demo/passages", body: body, arguments: Self.lines)
        let lines = answer.body.split(separator: "\n")
        #expect(lines.count == count + 1)
        for (number, line) in lines.dropLast().enumerated() where number % 997 == 0 {
            let result = try JSONValue(parsing: String(line))
            #expect(result["id"]?.stringValue == "passage-with-a-long-name-\(number)")
        }
        #expect(try JSONValue(parsing: String(lines.last ?? ""))["added"] == .integer(Int64(count)))
    }

    @Test func deletes() throws {
        let server = try RunningServer()
        #expect(try server.ask("/v1/indexes/demo/passages/dia", method: "DELETE").json["deleted"] == true)
        #expect(try server.ask("/v1/indexes/demo/passages/dia", method: "DELETE").status == 404)
        #expect(try server.ask("/v1/indexes/demo/passages/dia").json["error"]?["code"] == "no_such_passage")
        #expect(try ids(server, "network") == ["nmap"])
        let id = "a/b \u{e9}?#"
        let body = #"{"id": "\#(id)", "text": "network"}"#
        #expect(try server.ask("/v1/indexes/demo/passages", body: body).status == 200)
        #expect(try server.ask("/v1/indexes/demo/passages/a%2Fb%20%C3%A9%3F%23").json["id"] == .string(id))
    }

    /// Slashes of an id count, so a path with one too many is nobody else's.
    @Test(arguments: [
        "/v1/indexes/demo/passages//dia", "/v1/indexes/demo/passages/dia/", "/v1/indexes/demo/passages/a/dia",
    ])
    func pathsWithSlashesToSpareDeleteNothing(path: String) throws {
        let server = try RunningServer()
        let answer = try server.ask(path, method: "DELETE", arguments: ["--path-as-is"])
        #expect(answer.status == 404 && answer.json["error"]?["message"]?.stringValue?.contains("meant?") == true)
        #expect(try server.ask("/v1/indexes/demo/passages/dia").status == 200)
        #expect(try server.ask("/v1/indexes/demo/", method: "DELETE").status == 404)
        #expect(try server.ask("//v1//indexes/", arguments: ["--path-as-is"]).json["indexes"]?.arrayValue?.count == 2)
    }

    @Test func waitsForNobodyWhoWrites() throws {
        let server = try RunningServer()
        let folder = IndexFolder(path: server.path + "/demo")
        let writer = try IndexWriter(maintaining: folder)
        let answer = try server.ask("/v1/indexes/demo/passages", body: #"{"id": "a", "text": "x"}"#)
        #expect(answer.status == 503)
        #expect(answer.json["error"]?["code"] == "index_locked")
        withExtendedLifetime(writer) {}
    }
}
