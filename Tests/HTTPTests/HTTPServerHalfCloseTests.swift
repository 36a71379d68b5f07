import Glibc
import HTTP
import Testing

/// Clients that close their sending side and wait for answers, as `nc -N` and some libraries do.
@Suite struct HTTPServerHalfCloseTests {
    /// Waits at a gate, then answers at length, whole or in pieces.
    private func router(_ gate: Gate<Bool>) -> Router {
        var router = TestServer.router
        router.get("/wait") { _, _ in
            _ = gate.pass()
            return HTTPResponse(body: .bytes([UInt8](repeating: 97, count: 1 << 20)))
        }
        router.get("/stream") { _, _ in
            var left = 40
            return HTTPResponse(
                body: .stream(
                    HTTPBodyStream {
                        if left == 40 { _ = gate.pass() }
                        left -= 1
                        return left < 0 ? nil : [UInt8](repeating: 98, count: 30_000)
                    }))
        }
        return router
    }

    @Test func answersAllRequestsThatAreWhole() throws {
        let server = try TestServer(TestServer.router)
        let client = try server.client()
        try client.send("GET /hello/a HTTP/1.1\r\nHost: x\r\n\r\nGET /hello/b HTTP/1.1\r\nHost: x\r\n\r\n")
        client.finishSending()
        #expect(try client.response().body == "hello a")
        #expect(try client.response().body == "hello b")
        #expect(try client.isClosed())
        #expect(server.eventually { $0.connections == 0 })
    }

    @Test func answersThoseThatTakeLong() throws {
        let gate = Gate<Bool>()
        let server = try TestServer(router(gate))
        let client = try server.client()
        try client.send(
            "GET /wait HTTP/1.1\r\nHost: x\r\n\r\nGET /stream HTTP/1.1\r\nHost: x\r\n\r\n"
                + "POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345")
        client.finishSending()
        #expect(server.eventually { $0.running == 1 })
        // The end of what the client sends has come by now, and changes nothing.
        usleep(50_000)
        #expect(server.server.statistics.running == 1)
        gate.open(true)
        #expect(try client.response().body.utf8.count == 1 << 20)
        #expect(try client.response().body.utf8.count == 1_200_000)
        #expect(try client.response().body == "5")
        #expect(try client.isClosed())
        #expect(server.eventually { $0.connections == 0 && $0.requests == 3 })
    }

    @Test(arguments: ["/echo", "/count"], ["Content-Length: 4", "Transfer-Encoding: chunked"])
    func answersWholeBodiesInAnyFraming(_ path: String, _ framing: String) throws {
        let server = try TestServer(TestServer.router)
        let client = try server.client()
        let body = framing.hasSuffix("chunked") ? "4\r\nabcd\r\n0\r\n\r\n" : "abcd"
        try client.send("POST \(path) HTTP/1.1\r\nHost: x\r\n\(framing)\r\n\r\n\(body)")
        client.finishSending()
        #expect(try client.response().body == (path == "/echo" ? "abcd" : "4"))
        #expect(try client.isClosed())
    }

    @Test(arguments: ["/echo", "/count"], ["Content-Length: 9", "Transfer-Encoding: chunked"])
    func givesUpWhereABodyBreaksOff(_ path: String, _ framing: String) throws {
        let status = Gate<Int>()
        let server = try TestServer(TestServer.router) { $0.onCompletion = { status.open($0.status) } }
        let client = try server.client()
        let body = framing.hasSuffix("chunked") ? "4\r\nabcd\r\n" : "abcd"
        try client.send("POST \(path) HTTP/1.1\r\nHost: x\r\n\(framing)\r\n\r\n\(body)")
        client.finishSending()
        #expect(try client.isClosed())
        #expect(status.pass() == 499)
        #expect(server.eventually { $0.connections == 0 && $0.running == 0 && $0.bufferedBodyBytes == 0 })
    }

    /// A Unix socket tells one that has left from one that has only stopped sending.
    @Test(arguments: [false, true])
    func tellsWhoHasLeft(_ isUnix: Bool) throws {
        let reason = Gate<RequestContext.Cancellation>()
        var router = Router()
        router.get("/") { _, context in
            while !context.isCancelled { usleep(1000) }
            if let cancellation = context.cancellation { reason.open(cancellation) }
            return .text("nobody reads this")
        }
        let path = "/tmp/http-tests-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
        let server = try TestServer(router) { if isUnix { $0.addresses = [.unix(path: path)] } }
        var client: TestClient? = try server.client()
        try client?.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        client?.finishSending()
        #expect(server.eventually { $0.running == 1 })
        usleep(20_000)
        #expect(server.server.statistics.running == 1)
        if !isUnix { client?.reset() }
        client = nil
        #expect(reason.pass() == .clientLeft)
        #expect(server.eventually { $0.connections == 0 })
    }
}
