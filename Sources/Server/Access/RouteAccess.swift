import HTTP

/// What a route asks of its clients.
public enum RouteAccess: Sendable, Equatable {
    /// Nothing, however often: what load balancers ask.
    case always
    /// Nothing, but for the rate of clients without a key.
    case open
    /// A key of any role; none on this machine.
    case local
    /// A key of at least that role.
    case role(AccessRole)

    /// The one table of who may do what. A route that it does not name is for admins.
    public static let all: [String: RouteAccess] = [
        "GET /": .open,
        "GET /assets/{name}": .open,
        "GET /openapi.json": .open,
        "GET /healthz": .always,
        "GET /readyz": .always,
        "GET /metrics": .local,
        "GET /v1/info": .role(.search),
        "GET /v1/indexes": .role(.search),
        "GET /v1/indexes/{name}": .role(.search),
        "GET /v1/indexes/{name}/search": .role(.search),
        "POST /v1/indexes/{name}/search": .role(.search),
        "GET /v1/{index}/search": .role(.search),
        "POST /v1/rerank": .role(.search),
        "POST /v2/rerank": .role(.search),
        "POST /rerank": .role(.search),
        "POST /v1/embeddings": .role(.search),
        "GET /v1/models": .role(.search),
        "GET /v1/indexes/{name}/passages/{id}": .role(.search),
        "POST /v1/indexes/{name}/passages": .role(.write),
        "DELETE /v1/indexes/{name}/passages/{id}": .role(.write),
        "PUT /v1/indexes/{name}": .role(.admin),
        "DELETE /v1/indexes/{name}": .role(.admin),
    ]

    /// Of a route by its pattern. HEAD is GET without a body.
    static func of(_ method: HTTPMethod, _ pattern: String) -> RouteAccess {
        let method: HTTPMethod = method == .head ? .get : method
        return all["\(method.rawValue) \(pattern)"] ?? .role(.admin)
    }
}
