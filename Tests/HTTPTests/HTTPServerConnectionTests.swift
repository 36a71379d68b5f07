import Glibc
import HTTP
import Testing

@Suite struct HTTPServerConnectionTests {
    @Test func listensOnUnixSocketsAndSeveralAddresses() throws {
        let path = "/tmp/http-tests-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
        var server: TestServer? = try TestServer(TestServer.router) {
            $0.addresses = [.unix(path: path), .ip(host: "127.0.0.1", port: 0)]
        }
        #expect(server?.server.boundAddresses.count == 2)
        for address in server?.server.boundAddresses ?? [] {
            #expect(try TestClient(address).get("/hello/x").body == "hello x")
        }
        // A second server does not take a living one's socket away, but takes over a dead one's.
        #expect(throws: HTTPServer.StartError.self) {
            _ = try TestServer(TestServer.router) { $0.addresses = [.unix(path: path)] }
        }
        server = nil
        #expect(access(path, F_OK) != 0)
        let abandoned = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        withUnsafePointer(to: address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                #expect(bind(abandoned, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0)
            }
        }
        close(abandoned)
        let heir = try TestServer(TestServer.router) { $0.addresses = [.unix(path: path)] }
        #expect(try TestClient(heir.server.boundAddress).get("/healthz").body == "ok")
    }

    @Test func localhostIsBothItsAddresses() throws {
        let server = try TestServer(TestServer.router) { $0.addresses = [.ip(host: "localhost", port: 0)] }
        let addresses = server.server.boundAddresses
        // A system may lack the other one.
        #expect(addresses.first?.description.hasPrefix("127.0.0.1:") == true && addresses.count <= 2)
        #expect(
            Set(addresses.map(\.port)).count == 1
                && addresses.dropFirst().allSatisfy { $0.description.hasPrefix("[::1]:") })
        #expect(try server.client().get("/healthz").body == "ok")
        #expect(throws: HTTPServer.StartError.self) {
            _ = try TestServer(TestServer.router) {
                $0.addresses = [.ip(host: "localhost", port: addresses.first?.port ?? 0)]
            }
        }
    }

    @Test func holdsManyIdleConnections() throws {
        let server = try TestServer(TestServer.router) { $0.eventLoops = 2 }
        var clients: [TestClient] = []
        for _ in 0..<1000 { clients.append(try server.client()) }
        for client in clients { #expect(try client.get("/healthz").body == "ok") }
        #expect(server.server.statistics.connections == 1000)
        for client in clients.reversed() { #expect(try client.get("/hello/x").body == "hello x") }
        clients = []
        #expect(server.eventually { $0.connections == 0 })
    }

    @Test func turnsConnectionsBeyondTheLimitAway() throws {
        let server = try TestServer(TestServer.router) { $0.maxConnections = 2 }
        var kept: [TestClient] = [try server.client(), try server.client()]
        for client in kept { #expect(try client.get("/healthz").body == "ok") }
        let third = try server.client()
        let refusal = try third.response()
        #expect(refusal.status == 503)
        #expect(refusal["Retry-After"] == "1")
        #expect(try third.isClosed())
        kept.removeLast()
        #expect(server.eventually { $0.connections == 1 })
        #expect(try server.client().get("/healthz").body == "ok")
    }

    @Test func closesIdleConnections() throws {
        let server = try TestServer(TestServer.router) { $0.idleTimeout = .milliseconds(50) }
        let silent = try server.client()
        let used = try server.client()
        #expect(try used.get("/healthz").body == "ok")
        #expect(try silent.isClosed())
        #expect(try used.isClosed())
    }

    @Test func endsSlowHeaders() throws {
        let server = try TestServer(TestServer.router) { $0.headerTimeout = .milliseconds(50) }
        let client = try server.client()
        let response = try client.ask("GET /healthz HTTP/1.1\r\nHost:")
        #expect(response.status == 408)
        #expect(response.body.contains("header_timeout"))
        #expect(try client.isClosed())
    }

    @Test(arguments: ["/echo", "/count"])
    func endsSlowBodies(_ path: String) throws {
        let server = try TestServer(TestServer.router) { $0.bodyTimeout = .milliseconds(50) }
        let client = try server.client()
        let response = try client.ask("POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        #expect(response.status == 408)
        #expect(try client.isClosed())
        #expect(server.eventually { $0.running == 0 && $0.bufferedBodyBytes == 0 })
    }

    @Test func closesOnClientsThatDoNotRead() throws {
        var router = Router()
        router.get("/large") { _, _ in HTTPResponse(body: .bytes([UInt8](repeating: 1, count: 32 << 20))) }
        let server = try TestServer(router) {
            $0.writeTimeout = .milliseconds(50)
            $0.minimumTransferRate = 1 << 40
        }
        let client = try TestClient(server.server.boundAddress, receiveBuffer: 4096)
        try client.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(server.eventually { $0.connections == 0 && $0.requests == 1 })
        #expect(try client.rest().count < 32 << 20)
    }

    @Test func enforcesLimitsOverTheWire() throws {
        let server = try TestServer(TestServer.router) {
            $0.maxBodyBytes = 10
            $0.headLimits.headerBytes = 500
            $0.headLimits.targetBytes = 100
        }
        let long = String(repeating: "a", count: 1000)
        for (request, status) in [
            ("GET /\(long) HTTP/1.1\r\nHost: x\r\n\r\n", 414), ("GET / HTTP/1.1\r\nHost: x\r\nX: \(long)\r\n\r\n", 431),
            ("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n", 413),
            ("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nB\r\n", 413),
        ] {
            let client = try server.client()
            #expect(try client.ask(request).status == status)
            #expect(try client.isClosed())
        }
        #expect(
            try server.client().ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789").body
                == "0123456789")
    }

    /// A client that is still sending when it is refused is read on, so that no reset takes the answer from it.
    @Test func readsOnAfterARefusal() throws {
        let server = try TestServer(TestServer.router) {
            $0.maxBodyBytes = 10
            $0.lingerTimeout = .seconds(60)
        }
        let client = try server.client()
        let refusal = try client.ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        #expect(refusal.status == 413)
        #expect(try client.isClosed())
        for _ in 0..<100 { try client.send([UInt8](repeating: 97, count: 10000)) }
        client.finishSending()
        #expect(server.eventually { $0.connections == 0 })
    }

    @Test func readsOnForALimitedTime() throws {
        let server = try TestServer(TestServer.router) { $0.lingerTimeout = .milliseconds(50) }
        let client = try server.client()
        #expect(try client.ask("nonsense\r\n").status == 400)
        #expect(server.eventually { $0.connections == 0 })
    }

    @Test func boundsBodiesOfAllConnectionsTogether() throws {
        let server = try TestServer(TestServer.router) { $0.maxBufferedBodyBytes = 1000 }
        let first = try server.client()
        try first.send(
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n" + String(repeating: "a", count: 899))
        #expect(server.eventually { $0.bufferedBodyBytes == 899 })
        let refusal = try server.client().ask(
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 200\r\n\r\n" + String(repeating: "b", count: 200))
        #expect(refusal.status == 503)
        #expect(try first.ask("a").body.utf8.count == 900)
        #expect(server.eventually { $0.bufferedBodyBytes == 0 })
    }
}
