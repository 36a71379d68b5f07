import Corpus
import Foundation
import HTTP
import JSON
import Logging
import Server
import Testing

@Suite struct RequestLogTests {
    /// The lines which requests leave, read from a pipe of their own.
    private func logged(_ level: Logger.Level = .info, _ body: (TestSite) throws -> Void) throws -> [JSONValue] {
        let pipe = Pipe()
        let log = LogDestination(
            level: level, descriptor: pipe.fileHandleForWriting.fileDescriptor, isForPeople: false)
        do {
            let site = try TestSite(log: log)
            try body(site)
            // Its loops have ended, and with them all requests.
            site.server.stop(within: .seconds(60))
        }
        log.flush(within: 60)
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        return try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    }

    @Test func aRequestIsOneLineWithoutItsQuery() throws {
        let lines = try logged { site in
            let answer = try site.ask(
                "/v1/indexes/notes/search?q=hidden-in-the-query", "-d", "hidden-in-the-body", "-H",
                "X-Request-ID: my.id:7",
                "-H", "X-Other: hidden-in-a-field")
            #expect(answer["X-Request-ID"] == "my.id:7")
        }
        let line = try #require(lines.first)
        #expect(lines.count == 1)
        #expect(line["id"] == "my.id:7" && line["method"] == "POST" && line["index"] == "notes")
        #expect(line["route"] == "/v1/indexes/{name}/search" && line["key"] == "local")
        #expect(line["status"] == 200 && line["bytes_in"] == 18 && line["bytes_out"] == 15)
        #expect(line["peer"]?.stringValue?.hasPrefix("127.0.0.1:") == true && line["ms"]?.numberValue ?? -1 >= 0)
        #expect(line["level"] == "info" && line["message"] == "request")
        #expect(!"\(lines)".contains("hidden") && line["path"] == nil)
    }

    @Test func debugAddsThePathButNoQuery() throws {
        let lines = try logged(.debug) { _ = try $0.ask("/no/such/place?q=hidden") }
        #expect(lines.first?["path"] == "/no/such/place" && !"\(lines)".contains("hidden"))
        #expect(lines.first?["route"] == "-")
    }

    @Test(arguments: ["a b", "x\"y", "<script>", String(repeating: "a", count: 129), "é"])
    func unsafeIdentifiersAreReplaced(identifier: String) throws {
        let lines = try logged { site in
            let answer = try site.ask("/healthz", "-H", "X-Request-ID: \(identifier)")
            #expect(answer["X-Request-ID"]?.count == 16 && answer["X-Request-ID"] != identifier)
        }
        #expect(lines.first?["id"]?.stringValue?.count == 16)
    }
}
