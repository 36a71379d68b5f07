import Glibc
import HTTP

/// A server on a port of its own, stopped with the test.
final class TestServer {
    let server: HTTPServer

    init(
        _ router: Router, _ configure: (inout HTTPServer.Configuration) -> Void = { _ in }
    ) throws {
        var configuration = HTTPServer.Configuration()
        configuration.addresses = [.ip(host: "127.0.0.1", port: 0)]
        configuration.workers = 2
        configure(&configuration)
        server = HTTPServer(configuration: configuration, router: router)
        try server.start()
    }

    deinit {
        server.stop(within: .milliseconds(100))
    }

    func client() throws -> TestClient {
        try TestClient(server.boundAddress)
    }

    /// Waits for something that another thread brings about; false after some seconds.
    func eventually(_ condition: (HTTPServer.Statistics) -> Bool) -> Bool {
        for _ in 0..<20000 {
            if condition(server.statistics) { return true }
            usleep(1000)
        }
        return false
    }

    /// What most tests ask for.
    static var router: Router {
        var router = Router()
        router.get("/healthz", .immediate) { _, _ in .text("ok") }
        router.get("/hello/{name}") { request, _ in .text("hello \(request.parameters["name"] ?? "")") }
        router.post("/echo") { request, _ in HTTPResponse(body: .bytes(request.body)) }
        router.post("/count", Route.Options(body: .streamed())) { request, _ in
            var total = 0
            while let piece = try request.bodyReader?.read() { total += piece.count }
            return .text("\(total)")
        }
        return router
    }
}
