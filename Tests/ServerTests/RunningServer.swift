import Corpus
import Foundation
import HTTP
import JSON
import PassageIndex
import Ranking
import Search
import Server

/// A running server over a folder with the small lexical index `demo` and one that is damaged; stopped with the value.
final class RunningServer {
    let path = NSTemporaryDirectory() + "passerine-" + UUID().uuidString
    let registry: IndexRegistry
    private let server: HTTPServer
    let port: Int

    /// All routes of the interface.
    let routes: [Route]
    let metrics: ServerMetrics

    /// - Parameters:
    ///   - models: what ranks and embeds; the indexes are lexical ones.
    ///   - keys: `nil` where clients need none.
    init(models: ModelSet = .none, keys: [AccessKey]? = nil) throws {
        let folder = IndexFolder(path: path + "/demo")
        do {
            let writer = try IndexWriter(folder, settings: IndexSettings(models: .none), models: .none)
            try writer.add([
                Passage(id: "dia", text: "Dia draws network diagrams.", metadata: ["section": "graphics"]),
                Passage(id: "nmap", text: "Explores a network."),
            ])
            try writer.commit()
        }
        try FileManager.default.createDirectory(atPath: path + "/broken", withIntermediateDirectories: true)
        try Data("{".utf8).write(to: URL(fileURLWithPath: path + "/broken/index.json"))
        registry = IndexRegistry(
            IndexSource(folder: path) { folder in
                try SearchEngine(reader: IndexReader(folder, models: models), models: models)
            } models: {
                models
            })
        let operations = ServerOperations(
            access: AccessControl(keys: try keys.map { try AccessKeys($0) }),
            information: ServerInformation(version: "test"))
        operations.readiness.phase = .serving
        metrics = operations.metrics
        let interface = RESTInterface(
            registry: registry, models: ServedModels { models }, operations: operations, bodyBytes: 4096)
        routes = interface.router().routes
        var configuration = HTTPServer.Configuration()
        configuration.addresses = [.ip(host: "127.0.0.1", port: 0)]
        configuration.maxBodyBytes = 4096
        server = HTTPServer(configuration: configuration, router: interface.router())
        try server.start()
        port = server.boundAddress?.port ?? 0
    }

    deinit {
        _ = server.stop(within: .seconds(2))
        registry.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    /// What the indexes hold that can be served.
    func statistics() throws -> [String: IndexStatistics] {
        var statistics: [String: IndexStatistics] = [:]
        for (name, result) in try registry.openAll() {
            if case .success(let engine) = result { statistics[name] = try engine.reader.statistics() }
        }
        return statistics
    }

    /// Status and body of a request made with curl.
    func fetch(
        _ path: String, method: String? = nil, body: String? = nil, arguments: [String] = []
    ) throws -> (status: Int, body: String) {
        let text = try Curl.output(
            ["-w", "\n%{http_code}"] + (method.map { ["-X", $0] } ?? []) + arguments
                + (body == nil ? [] : ["-H", "Content-Type: application/json", "--data-binary", "@-"])
                + ["http://127.0.0.1:\(port)\(path)"], input: body)
        let end = text.lastIndex(of: "\n") ?? text.startIndex
        return (Int(text[end...].dropFirst()) ?? 0, String(text[..<end]))
    }

    /// Status and JSON body of a request.
    func ask(
        _ path: String, method: String? = nil, body: String? = nil, arguments: [String] = []
    ) throws -> (status: Int, json: JSONValue) {
        let answer = try fetch(path, method: method, body: body, arguments: arguments)
        return (answer.status, try JSONValue(parsing: answer.body))
    }
}
