import HTTP

/// The description of the REST interface (OpenAPI 3.1), written in `openapi.json` and tested against the server by
/// `make test-api`.
struct OpenAPIDocument: Sendable {
    func addRoutes(to router: inout Router) {
        let document = StaticContent(.json(PackageResources.openapi_json))
        router.get("/openapi.json", Route.Options.immediate) { request, _ in document.response(to: request) }
    }
}
