import Glibc
import HTTP
import Testing

@Suite struct HTTPServerWorkTests {
    /// A route whose handler waits at a gate, and one that counts its calls.
    private func router(_ gate: Gate<Bool>, _ calls: Monitor<Int>) -> Router {
        var router = TestServer.router
        router.get("/wait") { _, _ in
            _ = gate.pass()
            return .text("waited")
        }
        router.get("/called") { _, _ in
            calls.withLock { $0 += 1 }
            return .text("called")
        }
        return router
    }

    @Test func refusesWorkBeyondTheQueueButStaysHealthy() throws {
        let gate = Gate<Bool>()
        let server = try TestServer(router(gate, Monitor(0))) {
            $0.workers = 1
            $0.queueCapacity = 1
            $0.retryAfter = .seconds(7)
        }
        let running = try server.client()
        try running.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(server.eventually { $0.running == 1 })
        let queued = try server.client()
        try queued.send("GET /hello/x HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(server.eventually { $0.waiting == 1 })
        let third = try server.client()
        let refusal = try third.get("/hello/y")
        #expect(refusal.status == 503)
        #expect(refusal["Retry-After"] == "7")
        #expect(try third.get("/healthz").body == "ok")
        #expect(try third.get("/nowhere").status == 404)
        gate.open(true)
        #expect(try running.response().body == "waited")
        #expect(try queued.response().body == "hello x")
        #expect(try third.get("/hello/z").body == "hello z")
    }

    /// Where the queue is full, such work makes room; where it is not, it is passed over in its turn.
    @Test(arguments: [1, 8])
    func dropsWorkOfClientsThatLeft(_ capacity: Int) throws {
        let gate = Gate<Bool>()
        let calls = Monitor(0)
        let server = try TestServer(router(gate, calls)) {
            $0.workers = 1
            $0.queueCapacity = capacity
        }
        let running = try server.client()
        try running.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(server.eventually { $0.running == 1 })
        var leaving: TestClient? = try server.client()
        try leaving?.send("GET /called HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(server.eventually { $0.waiting == 1 })
        leaving?.reset()
        leaving = nil
        #expect(server.eventually { $0.connections == 1 })
        let next = try server.client()
        try next.send("GET /hello/x HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(server.eventually { $0.requests == 3 })
        gate.open(true)
        #expect(try running.response().body == "waited")
        #expect(try next.response().body == "hello x")
        #expect(calls.withLock { $0 } == 0)
    }

    @Test(arguments: [false, true])
    func tellsHandlersThatTheClientLeft(_ isReset: Bool) throws {
        let reason = Gate<RequestContext.Cancellation>()
        let isRunning = Gate<Bool>()
        let status = Gate<Int>()
        var router = Router()
        router.get("/") { _, context in
            isRunning.open(true)
            while !context.isCancelled { usleep(1000) }
            if let cancellation = context.cancellation { reason.open(cancellation) }
            try context.checkCancelled()
            return .text("nobody reads this")
        }
        // Closing without a reset counts as leaving only where a client may not close its sending side.
        let server = try TestServer(router) {
            $0.allowsHalfClose = isReset
            $0.onCompletion = { status.open($0.status) }
        }
        var client: TestClient? = try server.client()
        try client?.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(isRunning.pass() == true)
        if isReset { client?.reset() }
        client = nil
        #expect(reason.pass() == .clientLeft)
        #expect(status.pass() == 499)
        #expect(server.eventually { $0.connections == 0 })
    }

    @Test func answers504AfterTheDeadline() throws {
        let reason = Gate<RequestContext.Cancellation>()
        var router = TestServer.router
        router.get("/endless") { _, context in
            while !context.isCancelled { usleep(1000) }
            if let cancellation = context.cancellation { reason.open(cancellation) }
            return .text("too late")
        }
        router.get("/short", Route.Options(deadline: .after(.milliseconds(20)))) { _, context in
            while !context.isCancelled { usleep(1000) }
            return .text("too late")
        }
        let server = try TestServer(router)
        let client = try server.client()
        let response = try client.get("/endless", "X-Request-Timeout-Ms: 20\r\n")
        #expect(response.status == 504)
        #expect(response.body.contains("deadline_passed"))
        #expect(reason.pass() == .deadlinePassed)
        // The late answer does not turn up in the next one's place.
        #expect(try client.get("/hello/x").body == "hello x")
        #expect(try client.get("/short").status == 504)
        #expect(try client.get("/hello/x").body == "hello x")
    }

    @Test func finishesWhatRunsWhenStopped() throws {
        let gate = Gate<Bool>()
        let server = try TestServer(router(gate, Monitor(0)))
        let idle = try server.client()
        #expect(try idle.get("/healthz").body == "ok")
        let busy = try server.client()
        try busy.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(server.eventually { $0.running == 1 })
        let address = server.server.boundAddress
        let isGraceful = Gate<Bool>()
        let stopping = server.server
        let thread = BackgroundThread { isGraceful.open(stopping.stop(within: .seconds(20))) }
        #expect(try idle.isClosed())
        #expect(throws: TestClient.Failure.self) { _ = try TestClient(address) }
        gate.open(true)
        let last = try busy.response()
        #expect(last.body == "waited")
        #expect(last["Connection"] == "close")
        #expect(try busy.isClosed())
        #expect(isGraceful.pass() == true)
        #expect(server.server.boundAddresses.isEmpty)
        thread.join()
    }

    @Test func cancelsWhatOutlivesTheLimit() throws {
        let reason = Gate<RequestContext.Cancellation>()
        var router = Router()
        router.get("/") { _, context in
            while !context.isCancelled { usleep(1000) }
            if let cancellation = context.cancellation { reason.open(cancellation) }
            return .text("")
        }
        let server = try TestServer(router)
        let client = try server.client()
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(server.eventually { $0.running == 1 })
        #expect(!server.server.stop(within: .milliseconds(20)))
        #expect(reason.pass() == .serverStopped)
        #expect(try client.isClosed())
    }

    @Test func startsAgainAfterAStop() throws {
        let server = try TestServer(TestServer.router)
        #expect(try server.client().get("/healthz").body == "ok")
        #expect(server.server.stop(within: .seconds(5)))
        try server.server.start()
        #expect(try server.client().get("/healthz").body == "ok")
        #expect(throws: HTTPServer.StartError.self) { try server.server.start() }
    }
}
