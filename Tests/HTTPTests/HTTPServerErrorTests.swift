import Glibc
import HTTP
import Testing

/// Every answer passes through what surrounds the handlers, also one that no handler has made.
@Suite struct HTTPServerErrorTests {
    private func router() -> Router {
        var router = TestServer.router
        router.get("/endless") { _, context in
            while !context.isCancelled { usleep(1000) }
            return .text("too late")
        }
        router.get("/unchanged") { _, _ in HTTPResponse(status: .notModified) }
        router.use { next in
            { request, context in
                var response = try next(request, context)
                response.headers["X-Promised"] = "yes"
                response.headers["X-Request-ID"] = context.requestID
                return response
            }
        }
        return router
    }

    @Test(arguments: [
        ("nonsense\r\n\r\n", 400), ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505), ("GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        ("GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n", 417),
        ("GET /" + String(repeating: "a", count: 9000) + " HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        ("GET / HTTP/1.1\r\nHost: x\r\nA: " + String(repeating: "b", count: 40_000) + "\r\n\r\n", 431),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n", 413),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nslow", 408), ("GET /sl", 408),
        ("GET /endless HTTP/1.1\r\nHost: x\r\nX-Request-Timeout-Ms: 20\r\n\r\n", 504),
        ("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 404), ("PUT /echo HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        ("GET /unchanged HTTP/1.1\r\nHost: x\r\n\r\n", 304), ("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 204),
    ])
    func answersOfTheServersOwnAreWrappedToo(_ request: String, _ status: Int) throws {
        let server = try TestServer(router()) {
            $0.maxBodyBytes = 100
            $0.bodyTimeout = .milliseconds(50)
            $0.headerTimeout = .milliseconds(50)
        }
        let response = try server.client().ask(request)
        #expect(response.status == status)
        #expect(response["X-Promised"] == "yes")
        #expect(response["X-Request-ID"]?.utf8.count == 16)
    }

    @Test func headIsWrappedToo() throws {
        let server = try TestServer(router())
        let response = try server.client().ask("HEAD /hello/x HTTP/1.1\r\nHost: x\r\n\r\n", isHead: true)
        #expect(response.status == 200 && response["X-Promised"] == "yes" && response["Content-Length"] == "7")
    }

    @Test func connectionsAndBodiesBeyondTheLimitsAreWrappedToo() throws {
        let server = try TestServer(router()) {
            $0.maxConnections = 1
            $0.maxBufferedBodyBytes = 10
        }
        let first = try server.client()
        #expect(try first.get("/healthz").body == "ok")
        let second = try server.client().response()
        #expect(second.status == 503 && second["X-Promised"] == "yes" && second["X-Request-ID"]?.utf8.count == 16)
        #expect(second["Retry-After"] == "1")
        let large = try first.ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n01234567890123456789")
        #expect(large.status == 503 && large["X-Promised"] == "yes")
    }
}
