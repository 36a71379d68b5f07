import Glibc
import HTTP
import Testing

/// What handlers and responses hold in memory is bounded over all connections.
@Suite struct HeldBytesTests {
    private static let large = 32 << 20

    private static var router: Router {
        var router = TestServer.router
        router.get("/large") { _, _ in HTTPResponse(body: .bytes([UInt8](repeating: 97, count: large))) }
        router.get("/reserve/{bytes}") { request, context in
            try context.reserve(bytes: request.parameters["bytes"].flatMap { Int($0) } ?? 0)
            return .text("reserved")
        }
        return router
    }

    @Test(arguments: [Duration.seconds(3600), .zero])
    func responsesThatNobodyReadsAreBounded(grace: Duration) throws {
        let server = try TestServer(Self.router) {
            $0.maxHeldBytes = 3 * Self.large
            $0.slowClientGrace = grace
        }
        var silent: [TestClient] = []
        for number in 1...3 {
            let client = try TestClient(server.server.boundAddress, receiveBuffer: 4096)
            try client.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            silent.append(client)
            // Some of it is in the kernel's buffers.
            #expect(server.eventually { $0.heldBytes > (number - 1) * Self.large + Self.large / 2 })
        }
        #expect(try server.client().get("/hello/x").body == "hello x")
        // What their systems took at once counts as read, and is little after a second.
        if grace == .zero { usleep(1_000_000) }
        let before = server.server.statistics.heldBytes
        let next = try server.client().get("/large")
        if grace > .zero {
            #expect(next.status == 503 && next.body.contains("overloaded"), "\(next.status) with \(before) bytes held")
            #expect(server.eventually { $0.connections == 3 })
        } else {
            // Whoever does not read makes room for who does.
            #expect(next.body.utf8.count == Self.large)
            #expect(server.eventually { $0.connections < 3 })
        }
        #expect(server.server.statistics.heldBytes <= 3 * Self.large)
        silent = []
        #expect(server.eventually { $0.heldBytes == 0 && $0.connections == 0 })
    }

    @Test func whatHandlersHoldIsBounded() throws {
        let server = try TestServer(Self.router) { $0.maxHeldBytes = 1000 }
        let client = try server.client()
        for _ in 0..<3 { #expect(try client.get("/reserve/1000").body == "reserved") }
        let refused = try client.get("/reserve/1001")
        #expect(refused.status == 503)
        #expect(refused.body.contains("overloaded") && refused.body.contains("1000"))
        #expect(refused["Retry-After"] == "1")
        #expect(try client.get("/reserve/0").body == "reserved")
        #expect(server.eventually { $0.heldBytes == 0 })
    }

    @Test func handlersThatMayWaitTakeNoWorker() throws {
        let gate = Gate<Bool>()
        var router = TestServer.router
        router.get("/disk", Route.Options(waits: true)) { _, _ in
            _ = gate.pass()
            return .text("written")
        }
        let server = try TestServer(router) { $0.workers = 1 }
        let waiting = try (0..<10).map { _ in
            let client = try server.client()
            try client.send("GET /disk HTTP/1.1\r\nHost: x\r\n\r\n")
            return client
        }
        #expect(server.eventually { $0.running == 10 })
        #expect(try server.client().get("/hello/x").body == "hello x")
        gate.open(true)
        for client in waiting { #expect(try client.response().body == "written") }
    }
}
