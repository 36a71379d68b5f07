import Corpus
import Foundation
import HTTP
import Logging
import Server
import Synchronization
import Testing

@Suite struct RequestLogTests {
    /// Keeps what is logged.
    private struct Recorder: LogHandler {
        final class Store: Sendable {
            let events = Mutex<[(message: String, metadata: Logger.Metadata)]>([])
        }

        let store: Store
        var logLevel: Logger.Level
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            store.events.withLock { $0.append((event.message.description, event.metadata ?? [:])) }
        }
    }

    private func logged(_ level: Logger.Level = .info, _ body: (TestSite) throws -> Void) throws -> [Logger.Metadata] {
        let store = Recorder.Store()
        let site = try TestSite(logger: Logger(label: "test") { _ in Recorder(store: store, logLevel: level) })
        try body(site)
        #expect(TestSite.eventually { store.events.withLock { !$0.isEmpty } })
        return store.events.withLock { $0.map(\.metadata) }
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
        #expect("\(line["status"] ?? "")" == "200" && "\(line["bytes_in"] ?? "")" == "18")
        #expect("\(line["bytes_out"] ?? "")" == "15" && "\(line["peer"] ?? "")".hasPrefix("127.0.0.1:"))
        #expect(Double("\(line["ms"] ?? "")") ?? -1 >= 0)
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
        #expect("\(lines.first?["id"] ?? "")".count == 16)
    }
}
