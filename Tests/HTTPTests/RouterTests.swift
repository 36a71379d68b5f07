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
        ("/v1/indexes/a/passages/%2Fb%2F", "a:/b/"),
        // Empty segments beside literal ones, and at the ends.
        ("//", "root"), ("/v1/indexes/", "list"), ("//v1//indexes///?k=1", "list"),
        ("///v1//indexes/demo", "index demo"),
        ("//v1/indexes/a/passages/b", "a:b"), ("/v1/demo/search/", "alias demo"),
    ])
    func findsRoutes(_ target: String, _ expected: String) {
        #expect(text(answer(router, .get, target)) == expected)
    }

    @Test(arguments: [
        "/v1", "/v1/", "/v1/indexes//passages/1", "/v2", "/v1/indexes/a/passages", "/v1/indexes//demo",
        "/v1/indexes/demo/",
        "/v1/indexes/a/passages//b", "/v1/indexes/a/passages/b/", "/v1//demo/search", "/v1/demo//search",
    ])
    func answers404(_ target: String) {
        #expect(answer(router, .get, target).status == .notFound)
    }

    /// A name or an id could begin or end with a slash that should have been escaped, so what is asked for then is not done
    /// to another; the answer says which path there is.
    @Test(arguments: [
        ("/v1/indexes/demo/", "Is /v1/indexes/demo meant?"), ("/v1/indexes//demo?x=1", "Is /v1/indexes/demo meant?"),
        ("/indexes", "Is /v1/indexes meant?"), ("/v1/v1/indexes/demo", "Is /v1/indexes/demo meant?"),
        ("/indexes/demo/", "Is /v1/indexes/demo meant?"), ("/health/", "Is /healthz meant?"),
        ("/v1/indexes/a/passages/b/c/d", "Is /v1/indexes/a/passages/b%2Fc%2Fd meant?"),
        ("/nothing", "There is nothing at this path.\""),
        ("/v1/indexes/demo/serch", "There is nothing at this path.\""),
        ("/" + String(repeating: "a/", count: 4000), "There is nothing at this path.\""),
    ])
    func saysWhatIsMeantWhereItCan(_ target: String, _ words: String) {
        var router = router
        router.hint(prefix: "/v1")
        router.hint("/health", "/healthz")
        for method in [HTTPMethod.get, .post, HTTPMethod(rawValue: "BREW")] {
            let response = answer(router, method, target)
            #expect(response.status == .notFound)
            #expect(text(response).contains(words), "\(text(response))")
        }
    }

    @Test func whatAMiddlewareThrowsIsAnsweredThroughTheOthers() {
        var router = router
        router.use { next in
            { request, context in
                var response = try next(request, context)
                response.headers["X-Outer"] = "seen"
                return response
            }
        }
        router.use { _ in { _, _ in throw HTTPError(.tooManyRequests, code: "no", message: "not now") } }
        let response = answer(router, .get, "/v1/indexes")
        #expect(response.status == .tooManyRequests && response.headers["X-Outer"] == "seen")
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
