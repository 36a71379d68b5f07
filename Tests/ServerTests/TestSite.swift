import Corpus
import Foundation
import HTTP
import JSON
import Server
import Testing

/// A running server with operations around small routes of its own; stopped with the value.
final class TestSite {
    let server: HTTPServer
    let operations: ServerOperations
    /// Opened to let `/v1/indexes/{name}/search` answer for an index named `slow`.
    let gate = DispatchSemaphore(value: 0)
    let port: Int

    init(
        keys: [AccessKey]? = nil, origins: [String] = [],
        log: LogDestination? = nil,
        phase: Readiness.Phase = .serving, trustsNetwork: Bool = false,
        _ configure: (inout HTTPServer.Configuration) -> Void = { _ in }
    ) throws {
        let policy = CrossOriginPolicy(origins: origins)
        let access = AccessControl(
            keys: try keys.map { try AccessKeys($0) }, origins: policy, trustsNetwork: trustsNetwork)
        operations = ServerOperations(
            access: access, origins: policy, information: ServerInformation(version: "test"), log: log)
        operations.readiness.phase = phase
        var router = Router()
        router.get("/") { _, _ in .text("page") }
        router.get("/v1/indexes") { _, _ in .text("list") }
        let gate = gate
        router.post("/v1/indexes/{name}/search") { request, context in
            if request.parameters["name"] == "slow" { _ = gate.wait(timeout: .now() + 60) }
            return .text("\(request.parameters["name"] ?? "") for \(context.client?.name ?? "nobody")")
        }
        router.post("/v1/indexes/{name}/passages", Route.Options(body: .streamed())) { request, _ in
            var total = 0
            while let piece = try request.bodyReader?.read() { total += piece.count }
            return .text("\(total)")
        }
        router.put("/v1/indexes/{name}") { _, _ in .text("made") }
        router.get("/v1/secret-corner") { _, _ in .text("for admins, as nobody has said otherwise") }
        router.get("/v1/indexes/{name}") { request, _ in
            let text = String(repeating: "all work and no play ", count: 200)
            guard request.parameters["name"] == "stream" else { return .text(text) }
            var left = 5
            let stream = HTTPBodyStream {
                left -= 1
                return left < 0 ? nil : Array(text.utf8)
            }
            return HTTPResponse(headers: ["Content-Type": "application/x-ndjson"], body: .stream(stream))
        }
        operations.install(in: &router)
        var configuration = HTTPServer.Configuration()
        configuration.addresses = [.ip(host: "127.0.0.1", port: 0)]
        configuration.workers = 1
        configuration.onCompletion = { [operations] in operations.completed($0) }
        configure(&configuration)
        server = HTTPServer(configuration: configuration, router: router)
        try server.start()
        operations.watch(server)
        port = server.boundAddress?.port ?? 0
    }

    deinit {
        for _ in 0..<8 { gate.signal() }
        server.stop(within: .milliseconds(500))
    }

    /// What a request made with curl came to.
    struct Answer {
        let status: Int
        let headers: [(name: String, value: String)]
        let body: String

        subscript(_ name: String) -> String? { headers.first { $0.name == name.lowercased() }?.value }
        func values(_ name: String) -> [String] { headers.filter { $0.name == name.lowercased() }.map(\.value) }
        var json: JSONValue { get throws { try JSONValue(parsing: body) } }
        var code: String? { (try? json)?["error"]?["code"]?.stringValue }
    }

    func ask(_ path: String, _ arguments: String..., key: String? = nil) throws -> Answer {
        try Self.ask(
            ["http://127.0.0.1:\(port)\(path)"] + arguments + (key.map { ["-H", "Authorization: Bearer \($0)"] } ?? []))
    }

    static func ask(_ arguments: [String]) throws -> Answer {
        let output = try Curl.output(["-i", "--path-as-is"] + arguments)
        let parts = output.replacing("HTTP/1.1 100 Continue\r\n\r\n", with: "").split(
            separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = (parts.first ?? "").split(separator: "\r\n")
        let headers = lines.dropFirst().map { line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return (name: line[..<colon].lowercased(), value: String(line[colon...].dropFirst(2)))
        }
        let status = lines.first.flatMap { Int($0.dropFirst(9).prefix(3)) } ?? 0
        return Answer(status: status, headers: headers, body: String(parts.dropFirst().first ?? ""))
    }

    /// Waits for something that another thread brings about; false after a minute.
    static func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
        for _ in 0..<6000 {
            if try condition() { return true }
            usleep(10_000)
        }
        return false
    }
}

extension AccessKey {
    /// A key for tests, with its secret.
    static func made(
        _ name: String, _ role: AccessRole, indexes: [String]? = nil, rate: Rate? = nil
    ) throws -> (key: AccessKey, secret: String) {
        let secret = AccessSecret()
        let key = try AccessKey(
            name: name, role: role, indexes: indexes, rate: rate, created: "2024-01-01T00:00:00Z", hash: secret.hash)
        return (key, secret.text)
    }
}
