import Glibc
import HTTP
import Testing

@Suite struct HTTPServerStreamTests {
    @Test func streamsRequestBodiesOfAnyLength() throws {
        let server = try TestServer(TestServer.router) { $0.maxBodyBytes = 10 }
        let client = try server.client()
        try client.send("POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 0, count: 65536) + Array("\r\n".utf8)
        for _ in 0..<100 { try client.send(chunk) }
        try client.send("0\r\n\r\n")
        #expect(try client.response().body == "6553600")
        // The connection goes on.
        #expect(try client.ask("POST /count HTTP/1.1\r\nHost: x\r\n\r\n").body == "0")
    }

    /// Counts a body's bytes once the gate is open.
    private static func router(behind gate: Gate<Bool>) -> Router {
        var router = Router()
        router.post("/", Route.Options(body: .streamed())) { request, _ in
            _ = gate.pass()
            var total = 0
            while let piece = try request.bodyReader?.read() { total += piece.count }
            return .text("\(total)")
        }
        return router
    }

    @Test func makesTheClientWaitForTheReader() throws {
        let isAllowed = Gate<Bool>()
        let server = try TestServer(Self.router(behind: isAllowed))
        let client = try server.client()
        try client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n")
        try client.send([UInt8](repeating: 1, count: 299_999))
        #expect(server.eventually { $0.running == 1 })
        isAllowed.open(true)
        #expect(try client.ask("x").body == "300000")
    }

    @Test(arguments: [262_143, 262_144, 262_145, 327_680])
    func endsBodiesWhoseLastBytesMakeTheClientWait(_ count: Int) throws {
        let isAllowed = Gate<Bool>()
        let server = try TestServer(Self.router(behind: isAllowed))
        let client = try server.client()
        try client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(count)\r\n\r\n")
        try client.send([UInt8](repeating: 1, count: count))
        #expect(server.eventually { $0.running == 1 })
        usleep(50_000)
        isAllowed.open(true)
        #expect(try client.response().body == "\(count)")
    }

    /// Uploads of which a byte has come, and a client for each.
    private static func slowUploads(_ count: Int, to server: TestServer) throws -> [TestClient] {
        try (0..<count).map { _ in
            let client = try server.client()
            try client.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na")
            return client
        }
    }

    @Test func keepsWorkersFreeOfClientsThatSendSlowly() throws {
        let server = try TestServer(TestServer.router) {
            $0.workers = 1
            $0.streamedBodyLead = 1
        }
        let slow = try Self.slowUploads(64, to: server)
        // All of them have a thread; none is the worker.
        #expect(server.eventually { $0.running == 64 && $0.waiting == 0 })
        #expect(try server.client().get("/hello/x").body == "hello x")
        let prompt = try server.client()
        #expect(try prompt.ask("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab").body == "2")
        for client in slow { #expect(try client.ask("bc").body == "3") }
        #expect(server.eventually { $0.running == 0 && $0.bufferedBodyBytes == 0 })
    }

    @Test func givesSlowClientsNoThreadBeforeThereIsSomethingToRead() throws {
        let server = try TestServer(TestServer.router) { $0.workers = 1 }
        let slow = try Self.slowUploads(20, to: server)
        #expect(server.eventually { $0.bufferedBodyBytes == 20 })
        #expect(server.server.statistics.running == 0 && server.server.statistics.waiting == 0)
        for client in slow { #expect(try client.ask("bc").body == "3") }
        #expect(server.eventually { $0.bufferedBodyBytes == 0 })
    }

    @Test func refusesStreamedBodiesThatAllTogetherAreTooLarge() throws {
        let server = try TestServer(TestServer.router) { $0.maxBufferedBodyBytes = 2 }
        let slow = try Self.slowUploads(2, to: server)
        #expect(server.eventually { $0.bufferedBodyBytes == 2 })
        let refused = try server.client()
        let response = try refused.ask("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na")
        #expect(response.status == 503 && response.body.contains("overloaded"))
        withExtendedLifetime(slow) {}
    }

    @Test func keepsThreadsFreeOfClientsThatSendSlowly() throws {
        let server = try TestServer(TestServer.router) {
            $0.workers = 1
            $0.patientThreads = 4
            $0.queueCapacity = 4
            $0.streamedBodyLead = 1
        }
        // Half of the threads are theirs; the queue has no place for those that wait for a thread to begin.
        var slow = try Self.slowUploads(2, to: server)
        #expect(server.eventually { $0.running == 2 })
        slow += try Self.slowUploads(4, to: server)
        #expect(server.eventually { $0.running == 2 && $0.waiting == 4 })
        let prompt = try server.client()
        #expect(try prompt.ask("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab").body == "2")
        // So is their queue, and that is full.
        let refused = try server.client()
        try refused.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na")
        #expect(try refused.response().status == 503)
        #expect(try server.client().get("/hello/x").body == "hello x")
        for client in slow { #expect(try client.ask("bc").body == "3") }
    }

    @Test func endsReadersWhoseClientsLeave() throws {
        let failure = Gate<HTTPError?>()
        var router = Router()
        router.post("/", Route.Options(body: .streamed())) { request, _ in
            do throws(HTTPError) {
                while try request.bodyReader?.read() != nil {}
                failure.open(nil)
            } catch {
                failure.open(error)
            }
            return .text("")
        }
        let server = try TestServer(router) { $0.streamedBodyLead = 1 }
        var client: TestClient? = try server.client()
        try client?.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        #expect(server.eventually { $0.running == 1 })
        client = nil
        #expect(failure.pass()??.code == "client_left")
        #expect(server.eventually { $0.connections == 0 && $0.running == 0 })
    }

    @Test func tellsReadersOfMalformedChunks() throws {
        let server = try TestServer(TestServer.router)
        let client = try server.client()
        let response = try client.ask(
            "POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n")
        #expect(response.status == 400)
        #expect(try client.isClosed())
    }

    @Test(arguments: ["/echo", "/count"])
    func sendsContinue(_ path: String) throws {
        let server = try TestServer(TestServer.router)
        let client = try server.client()
        let interim = try client.ask(
            "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        #expect(interim.status == 100)
        #expect(try client.ask("ab").body == (path == "/echo" ? "ab" : "2"))
    }

    @Test func sendsNoContinueForBodiesItDoesNotWant() throws {
        let server = try TestServer(TestServer.router) { $0.maxBodyBytes = 10 }
        for (path, status) in [("/nowhere", 404), ("/echo", 413), ("/healthz", 405)] {
            let client = try server.client()
            let response = try client.ask(
                "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\nExpect: 100-continue\r\n\r\n")
            #expect(response.status == status)
            #expect(response["Connection"] == "close")
        }
    }

    private func streaming(_ count: Int, length: Int? = nil, size: Int = 10000) -> Router {
        var router = Router()
        router.get("/") { _, _ in
            var left = count
            return HTTPResponse(
                body: .stream(
                    HTTPBodyStream(length: length) {
                        left -= 1
                        return left < 0 ? nil : [UInt8](repeating: 97, count: size)
                    }))
        }
        return router
    }

    @Test func streamsResponsesInChunks() throws {
        let server = try TestServer(streaming(200))
        let client = try server.client()
        for _ in 0..<2 {
            let response = try client.get("/")
            #expect(response["Transfer-Encoding"] == "chunked")
            #expect(response.body.utf8.count == 2_000_000)
        }
        #expect(try client.ask("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", isHead: true)["Transfer-Encoding"] == "chunked")
        let old = try client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(old["Connection"] == "close")
        #expect(old.body.utf8.count == 2_000_000)
    }

    @Test func streamsResponsesOfKnownLength() throws {
        let server = try TestServer(streaming(3, length: 30000))
        let client = try server.client()
        #expect(try client.get("/")["Content-Length"] == "30000")
        #expect(try client.get("/").body.utf8.count == 30000)
    }

    @Test(arguments: [2, 4])
    func breaksOffResponsesThatMissTheirLength(_ count: Int) throws {
        let server = try TestServer(streaming(count, length: 30000))
        let client = try server.client()
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        // Never more than was promised, and the connection ends.
        let bytes = try client.rest()
        let head = try #require(bytes.firstRange(of: Array("\r\n\r\n".utf8)))
        #expect(bytes.count - head.upperBound <= 30000)
        #expect(server.eventually { $0.connections == 0 })
    }

    /// A client that does not read stops the stream: neither memory nor a worker is held.
    @Test func makesStreamsWaitForTheClient() throws {
        let made = Monitor(0)
        var router = Router()
        router.get("/") { _, _ in
            HTTPResponse(
                body: .stream(
                    HTTPBodyStream {
                        made.withLock { $0 += 1 }
                        return [UInt8](repeating: 97, count: 65536)
                    }))
        }
        router.get("/other") { _, _ in .text("other") }
        let server = try TestServer(router) { $0.workers = 1 }
        var client: TestClient? = try TestClient(server.server.boundAddress, receiveBuffer: 4096)
        try client?.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        // The stream stands still once its count is the same while the only worker has served others.
        var last = -1
        #expect(
            server.eventually { load in
                let now = made.withLock { $0 }
                defer { last = now }
                return now > 0 && now == last && load.running == 0 && load.waiting == 0
            })
        #expect(try server.client().get("/other").body == "other")
        #expect(made.withLock { $0 } < 1000)
        client = nil
        #expect(server.eventually { $0.connections == 0 })
    }

    @Test func closesWhenAStreamFails() throws {
        var router = Router()
        router.get("/") { _, _ in HTTPResponse(body: .stream(HTTPBodyStream { throw CancellationError() })) }
        let reported = Gate<Bool>()
        let server = try TestServer(router) {
            $0.errorResponse = { error in
                reported.open(error is CancellationError)
                return HTTPServer.Configuration.defaultErrorResponse(error)
            }
        }
        let client = try server.client()
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(reported.pass() == true)
        #expect(!String(decoding: try client.rest(), as: UTF8.self).hasSuffix("0\r\n\r\n"))
    }
}
