import HTTP
import Testing

/// Many clients that behave in every way at once: afterwards nothing may be left over.
@Suite struct HTTPServerStormTests {
    @Test(arguments: 1...4)
    func survivesAMixedStorm(_ seed: UInt64) throws {
        var router = TestServer.router
        router.get("/stream") { _, _ in
            var left = 20
            return HTTPResponse(
                body: .stream(
                    HTTPBodyStream {
                        left -= 1
                        return left < 0 ? nil : [UInt8](repeating: 97, count: 50000)
                    }))
        }
        let server = try TestServer(router) {
            $0.eventLoops = 2
            $0.queueCapacity = 8
            $0.bodyTimeout = .milliseconds(200)
        }
        var generator = SeededGenerator(seed: seed)
        var clients: [TestClient] = []
        for _ in 0..<300 {
            let client = try server.client()
            switch Int.random(in: 0..<10, using: &generator) {
            case 0: #expect([200, 503].contains(try client.get("/hello/x").status))
            case 1: #expect(try client.get("/healthz").status == 200)
            case 2: try? client.send("GET /hel")
            case 3: try? client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc")
            case 4: try? client.send("POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")
            case 5: try? client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\nGET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
            case 6: #expect(try client.ask("GET / HTTP/1.1\r\n\r\n").status == 400)
            case 7:
                try? client.send(String(repeating: "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", count: 500))
            case 8:
                let noise = (0..<500).map { _ in UInt8.random(in: 0...255, using: &generator) }
                try? client.send(noise)
            default:
                try? client.send("GET /hello/x HTTP/1.1\r\nHost: x\r\n\r\n")
                client.finishSending()
            }
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: client.reset()
            case 1: clients.append(client)
            default: break
            }
        }
        clients = []
        #expect(
            server.eventually { load in
                load.connections == 0 && load.running == 0 && load.waiting == 0 && load.bufferedBodyBytes == 0
            })
        #expect(try server.client().get("/hello/after").body == "hello after")
        #expect(server.server.stop(within: .seconds(20)))
    }
}
