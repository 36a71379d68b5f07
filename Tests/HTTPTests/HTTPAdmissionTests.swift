import HTTP
import Testing

@Suite struct HTTPAdmissionTests {
    private struct Guest: RequestClient {
        let name: String
    }

    /// Lets in whoever says who he is.
    private var router: Router {
        var router = TestServer.router
        router.get("/whoami") { _, context in .text(context.client?.name ?? "nobody") }
        router.admit { request, context in
            if context.routePattern == "/healthz" { return nil }
            guard let name = request.headers["X-Name"] else {
                throw HTTPError(.unauthorized, code: "who", message: "say your name")
            }
            return Guest(name: name + (request.parameters["name"].map { " for \($0)" } ?? ""))
        }
        router.use { next in
            { request, context in
                var response = try next(request, context)
                response.headers["X-Wrapped"] = "yes"
                return response
            }
        }
        return router
    }

    @Test func handlersAndLogsKnowTheClient() throws {
        let seen = Gate<String>()
        let server = try TestServer(router) { configuration in
            configuration.onCompletion = { summary in
                if let client = summary.client { seen.open("\(client.name) \(summary.parameters["name"] ?? "")") }
            }
        }
        let client = try server.client()
        #expect(try client.get("/whoami", "X-Name: ann\r\n").body == "ann")
        #expect(seen.pass() == "ann ")
        #expect(try client.get("/healthz").status == 200)
    }

    @Test func refusalsAreWrappedAndKeepTheConnection() throws {
        let server = try TestServer(router)
        let client = try server.client()
        let refused = try client.get("/hello/x")
        #expect(refused.status == 401 && refused["X-Wrapped"] == "yes")
        #expect(try client.get("/hello/x", "X-Name: ann\r\n").body == "hello x")
        #expect(try client.get("/none").status == 404)
        #expect(try client.ask("PUT /hello/x HTTP/1.1\r\nHost: x\r\n\r\n").status == 405)
    }

    @Test(arguments: ["/echo", "/count"])
    func bodiesOfRefusedRequestsAreNotAwaited(path: String) throws {
        let server = try TestServer(router)
        let client = try server.client()
        // The body never comes.
        let refused = try client.ask("POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        #expect(refused.status == 401 && refused["Connection"] == "close")
        #expect(server.eventually { $0.bufferedBodyBytes == 0 })
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.9.8.7", true), ("::1", true), ("localhost", true), ("::ffff:127.0.0.1", true),
        ("0.0.0.0", false), ("::", false), ("10.0.0.1", false), ("128.0.0.1", false), ("::2", false),
        ("example", false),
        ("::ffff:10.0.0.1", false), ("", false),
    ])
    func localAddressesAreKnown(host: String, isLocal: Bool) {
        #expect(SocketAddress.ip(host: host, port: 1).isLocal == isLocal)
        #expect(SocketAddress.unix(path: "/x").isLocal)
    }
}
