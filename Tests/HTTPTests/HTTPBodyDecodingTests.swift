import HTTP
import Testing

@Suite struct HTTPBodyDecodingTests {
    /// A coding that turns bodies around, and knows no other.
    private struct Reversing: HTTPBodyDecoding {
        func check(_ headers: HTTPHeaders) throws {
            guard let coding = headers["Content-Encoding"], coding != "reversed" else { return }
            throw HTTPError(.unsupportedMediaType, code: "coding", message: "not \(coding)")
        }

        func decoded(_ request: HTTPRequest, limit: Int) throws -> HTTPRequest {
            guard request.body.count <= limit else { throw HTTPError(.contentTooLarge, code: "large", message: "") }
            var decoded = request
            decoded.body.reverse()
            decoded.bodyReader = request.bodyReader.map { reader in
                HTTPBodyReader(reading: { () throws(HTTPError) -> [UInt8]? in try reader.read().map { $0.reversed() } })
            }
            return decoded
        }
    }

    private func server() throws -> TestServer {
        var router = TestServer.router
        router.post("/small", Route.Options(body: .buffered(limit: 3))) { request, _ in .text("\(request.body.count)") }
        router.post("/streamed", Route.Options(body: .streamed())) { request, _ in
            var body: [UInt8] = []
            while let piece = try request.bodyReader?.read() { body += piece }
            return HTTPResponse(body: .bytes(body))
        }
        router.decodeBodies(Reversing())
        return try TestServer(router)
    }

    private func ask(_ client: TestClient, _ path: String, _ coding: String?) throws -> TestClient.Response {
        let field = coding.map { "Content-Encoding: \($0)\r\n" } ?? ""
        return try client.ask("POST \(path) HTTP/1.1\r\nHost: x\r\n\(field)Content-Length: 3\r\n\r\nabc")
    }

    @Test(arguments: ["/echo", "/streamed"])
    func handlersGetBodiesDecoded(_ path: String) throws {
        let server = try server()
        let client = try server.client()
        #expect(try ask(client, path, nil).body == "abc")
        #expect(try ask(client, path, "reversed").body == "cba")
        #expect(try ask(client, path, nil).body == "abc")
    }

    @Test(arguments: ["/echo", "/streamed", "/hello/x"])
    func aCodingThatIsNotKnownIsRefusedByTheHead(_ path: String) throws {
        let server = try server()
        // The body never comes.
        let method = path == "/hello/x" ? "GET" : "POST"
        let refusal = try server.client().ask(
            "\(method) \(path) HTTP/1.1\r\nHost: x\r\nContent-Encoding: br\r\nContent-Length: 30\r\n\r\n")
        #expect(refusal.status == 415 && refusal.body.contains("not br"))
    }

    @Test func theRoutesLimitIsThatOfTheDecodedBody() throws {
        let server = try server()
        let client = try server.client()
        #expect(try ask(client, "/small", "reversed").body == "3")
    }
}
