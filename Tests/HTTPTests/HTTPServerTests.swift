import Glibc
import HTTP
import Testing

@Suite struct HTTPServerTests {
    @Test func answersOnOneConnectionAgainAndAgain() throws {
        let server = try TestServer(TestServer.router)
        let client = try server.client()
        for name in ["a", "b%20c", "d"] {
            let response = try client.get("/hello/\(name)")
            #expect(response.status == 200)
            #expect(response.body == "hello \(PercentCoding.decode(Array(name.utf8)) ?? "")")
            #expect(response["Connection"] == nil)
            #expect(response["Date"]?.hasSuffix(" GMT") == true)
        }
        #expect(try client.get("/nowhere").status == 404)
        #expect(try client.get("/healthz").body == "ok")
        #expect(try client.ask("DELETE /healthz HTTP/1.1\r\nHost: x\r\n\r\n").status == 405)
        #expect(server.server.statistics.requests == 6)
    }

    @Test func answersPipelinedRequestsInOrder() throws {
        let server = try TestServer(TestServer.router)
        let client = try server.client()
        var stream = ""
        for number in 0..<300 {
            // Immediate and queued ones mixed, with bodies of both kinds in between.
            switch number % 4 {
            case 0: stream += "GET /hello/\(number) HTTP/1.1\r\nHost: x\r\n\r\n"
            case 1: stream += "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
            case 2: stream += "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n\(100 + number)"
            default:
                stream +=
                    "POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
            }
        }
        try client.send(stream)
        for number in 0..<300 {
            let expected = [0: "hello \(number)", 1: "ok", 2: "\(100 + number)", 3: "3"][number % 4]
            #expect(try client.response().body == expected)
        }
    }

    @Test func waitsForFragments() throws {
        let server = try TestServer(TestServer.router)
        let client = try server.client()
        let request = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        for byte in request.utf8 { try client.send([byte]) }
        #expect(try client.response().body == "hello")
    }

    @Test func answersHeadWithoutABody() throws {
        let server = try TestServer(TestServer.router)
        let client = try server.client()
        let head = try client.ask("HEAD /hello/you HTTP/1.1\r\nHost: x\r\n\r\n", isHead: true)
        #expect(head.status == 200)
        #expect(head["Content-Length"] == "9")
        // Nothing stands between it and the next response.
        #expect(try client.get("/healthz").body == "ok")
    }

    @Test func closesWhenAsked() throws {
        let server = try TestServer(TestServer.router)
        let client = try server.client()
        let response = try client.get("/hello/x", "Connection: close\r\n")
        #expect(response["Connection"] == "close")
        #expect(try client.isClosed())
    }

    @Test func servesOldClients() throws {
        let server = try TestServer(TestServer.router)
        let once = try server.client()
        #expect(try once.ask("GET /hello/x HTTP/1.0\r\n\r\n")["Connection"] == "close")
        #expect(try once.isClosed())
        let kept = try server.client()
        for _ in 0..<2 {
            let response = try kept.ask("GET /hello/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(response["Connection"] == "keep-alive")
        }
    }

    @Test func refusesMalformedRequestsAndCloses() throws {
        let server = try TestServer(TestServer.router)
        for request in [
            "GET / HTTP/1.1\r\n\r\n",
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "GET /\u{1} HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "hello\n",
        ] {
            let client = try server.client()
            let response = try client.ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + request)
            #expect(response.body == "ok")
            let refusal = try client.response()
            #expect(refusal.status == 400)
            #expect(refusal["Connection"] == "close")
            #expect(refusal["Content-Type"] == "application/json")
            #expect(refusal.body.hasPrefix(#"{"error":{"code":""#))
            #expect(try client.isClosed())
        }
    }

    @Test func carriesLargeBodies() throws {
        let server = try TestServer(TestServer.router)
        let client = try server.client()
        let body = (0..<3_000_000).map { UInt8(ascii: "a") + UInt8($0 % 26) }
        try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n")
        try client.send(body)
        #expect(Array(try client.response().body.utf8) == body)
        #expect(server.eventually { $0.bufferedBodyBytes == 0 })
    }

    @Test func reportsEachRequest() throws {
        let seen = Monitor<[RequestSummary]>([])
        let server = try TestServer(TestServer.router) {
            $0.onCompletion = { summary in seen.withLock { $0.append(summary) } }
        }
        let client = try server.client()
        _ = try client.ask(
            "POST /echo?secret=1 HTTP/1.1\r\nHost: x\r\nX-Request-ID: mine\r\nContent-Length: 3\r\n\r\nabc")
        _ = try client.get("/hello/you")
        _ = try client.ask("nonsense\r\n\r\n")
        let summaries = seen.withLock { $0 }
        #expect(summaries.map(\.status) == [200, 200, 400])
        #expect(summaries.map(\.method) == ["POST", "GET", "-"])
        #expect(summaries.map(\.path) == ["/echo", "/hello/you", "-"])
        #expect(summaries.map(\.routePattern) == ["/echo", "/hello/{name}", nil])
        #expect(summaries.first?.requestID == "mine")
        #expect(summaries.first?.requestBytes == 3)
        #expect(summaries.first?.responseBytes == 3)
        #expect(Set(summaries.map(\.requestID)).count == 3)
        if case .ip(let host, _) = summaries.first?.remoteAddress { #expect(host == "127.0.0.1") }
    }

    @Test func letsItsOwnerWordErrors() throws {
        let server = try TestServer(TestServer.router) {
            $0.errorResponse = { error in .text("sorry", status: (error as? HTTPError)?.status ?? HTTPStatus(500)) }
        }
        let client = try server.client()
        #expect(try client.get("/nowhere").body == "sorry")
        #expect(try client.ask("nonsense\r\n\r\n").body == "sorry")
    }

    @Test func saysWhyItCannotStart() throws {
        let first = try TestServer(TestServer.router)
        let address = try #require(first.server.boundAddress)
        let error = #expect(throws: HTTPServer.StartError.self) {
            _ = try TestServer(TestServer.router) { $0.addresses = [address] }
        }
        #expect(error?.description.contains("\(address): ") == true)
        for bad in [
            SocketAddress.ip(host: "no such host", port: 1), .ip(host: "127.0.0.1", port: 70000), .unix(path: ""),
        ] {
            #expect(throws: HTTPServer.StartError.self) {
                _ = try TestServer(TestServer.router) { $0.addresses = [bad] }
            }
        }
    }
}
