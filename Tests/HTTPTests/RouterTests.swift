import HTTP
import Testing

@Suite struct RouterTests {
    private func answer(_ router: Router, _ method: HTTPMethod, _ target: String) -> HTTPResponse {
        let table = RouteTable(router) { HTTPServer.Configuration.defaultErrorResponse($0) }
        var request = HTTPRequest(method: method, target: target)
        switch table.match(method, target) {
        case .found(let entry, let parameters):
            request.parameters = parameters
            return entry.responder(request, RequestContext())
        case .refused(let responder):
            return responder(request, RequestContext())
        }
    }

    private func text(_ response: HTTPResponse) -> String {
        if case .bytes(let bytes) = response.body { String(decoding: bytes, as: UTF8.self) } else { "" }
    }

    private var router: Router {
        var router = Router()
        router.get("/") { _, _ in .text("root") }
        router.get("/v1/indexes") { _, _ in .text("list") }
        router.get("/v1/indexes/{name}") { request, _ in .text("index \(request.parameters["name"] ?? "-")") }
        router.put("/v1/indexes/{name}") { _, _ in HTTPResponse(status: .created) }
        router.get("/v1/indexes/{name}/passages/{id}") { request, _ in
            .text("\(request.parameters["name"] ?? "-"):\(request.parameters["id"] ?? "-")")
        }
        router.get("/v1/{index}/search") { request, _ in .text("alias \(request.parameters["index"] ?? "-")") }
        router.get("/v1/indexes/special") { _, _ in .text("special") }
        return router
    }

    @Test(arguments: [
        ("/", "root"), ("/?x", "root"), ("/v1/indexes", "list"), ("/v1/indexes/demo?k=1", "index demo"),
        ("/v1/indexes/special", "special"), ("/v1/indexes/search", "index search"), ("/v1/demo/search", "alias demo"),
        ("/v1/%69ndexes/caf%C3%A9", "index café"), ("/v1/indexes/a%2Fb", "index a/b"),
        ("/v1/indexes/a/passages/..", "a:.."), ("/v1/indexes/a%20b/passages/%3F", "a b:?"),
    ])
    func findsRoutes(_ target: String, _ expected: String) {
        #expect(text(answer(router, .get, target)) == expected)
    }

    @Test(arguments: ["/v1", "/v1/", "/v1/indexes/", "/v1/indexes//passages/1", "/v2", "/v1/indexes/a/passages", "//"])
    func answers404(_ target: String) {
        #expect(answer(router, .get, target).status == .notFound)
    }

    @Test func answers405WithAllow() {
        let response = answer(router, .delete, "/v1/indexes/demo")
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers["Allow"] == "GET, PUT, HEAD, OPTIONS")
        let options = answer(router, .options, "/v1/indexes/demo")
        #expect(options.status == .noContent)
        #expect(options.headers["Allow"] == "GET, PUT, HEAD, OPTIONS")
        #expect(answer(router, .head, "/v1/indexes/demo").status == .ok)
    }

    @Test func refusesPathsThatAreNotText() {
        #expect(answer(router, .get, "/v1/indexes/%ff").status == .badRequest)
    }

    @Test func letsOptionsHaveItsOwnHandler() {
        var router = self.router
        router.add(.options, "/v1/indexes") { _, _ in .text("preflight") }
        #expect(text(answer(router, .options, "/v1/indexes")) == "preflight")
    }

    @Test func wrapsEveryAnswerInMiddleware() {
        var router = self.router
        router.get("/fails") { _, _ in throw HTTPError(.conflict, code: "c", message: "m") }
        router.get("/crashes") { _, _ in throw CancellationError() }
        for name in ["outer", "inner"] {
            router.use { next in
                { request, context in
                    var response = try next(request, context)
                    response.headers.add("X-Passed", name)
                    return response
                }
            }
        }
        for (target, status) in [("/", 200), ("/nowhere", 404), ("/fails", 409), ("/crashes", 500)] {
            let response = answer(router, .get, target)
            #expect(response.status.code == status)
            #expect(response.headers.values("X-Passed") == ["inner", "outer"])
        }
        #expect(answer(router, .post, "/").headers.values("X-Passed").count == 2)
    }

    @Test func hidesWhatUnknownErrorsSay() {
        struct Secret: Error {}
        var router = Router()
        router.get("/") { _, _ in throw Secret() }
        #expect(answer(router, .get, "/").status == .internalServerError)
        #expect(!text(answer(router, .get, "/")).contains("Secret"))
    }
}
