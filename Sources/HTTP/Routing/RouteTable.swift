/// A router's routes as a tree of path segments, with the middleware around their handlers.
package final class RouteTable: Sendable {
    /// A handler with its middleware; errors have become responses.
    package typealias Responder = @Sendable (HTTPRequest, RequestContext) -> HTTPResponse

    package final class Entry: Sendable {
        package let route: Route
        let parameterNames: [String]
        package let responder: Responder

        init(route: Route, parameterNames: [String], responder: @escaping Responder) {
            self.route = route
            self.parameterNames = parameterNames
            self.responder = responder
        }
    }

    package enum Match: Sendable {
        case found(Entry, PathParameters)
        /// No such path or method; this makes the answer.
        case refused(Responder)
    }

    private struct Node {
        var literals: [(segment: [UInt8], node: Int)] = []
        var parameter: Int?
        var entries: [Entry] = []
        var methodNotAllowed: Responder?
    }

    private let nodes: [Node]
    private let notFound: Responder
    private let badPath: Responder
    private let admission: HTTPAdmission?
    private let responder: @Sendable (@escaping HTTPHandler) -> Responder

    package init(_ router: Router, errorResponse: @escaping @Sendable (any Error) -> HTTPResponse) {
        let middlewares = router.middlewares
        @Sendable func responder(_ handler: @escaping HTTPHandler) -> Responder {
            var wrapped: HTTPHandler = { request, context in
                do { return try handler(request, context) } catch { return errorResponse(error) }
            }
            for middleware in middlewares.reversed() { wrapped = middleware(wrapped) }
            let outermost = wrapped
            return { request, context in
                do { return try outermost(request, context) } catch { return errorResponse(error) }
            }
        }
        admission = router.admission
        self.responder = { responder($0) }
        var nodes = [Node()]
        for route in router.routes {
            var node = 0
            var names: [String] = []
            for segment in route.pattern.utf8.dropFirst().split(separator: 0x2f, omittingEmptySubsequences: false) {
                if segment.first == UInt8(ascii: "{") {
                    precondition(segment.last == UInt8(ascii: "}") && segment.count > 2, "bad pattern \(route.pattern)")
                    names.append(String(decoding: segment.dropFirst().dropLast(), as: UTF8.self))
                    if nodes[node].parameter == nil {
                        nodes.append(Node())
                        nodes[node].parameter = nodes.count - 1
                    }
                    node = nodes[node].parameter ?? 0
                } else if let child = nodes[node].literals.first(where: { $0.segment.elementsEqual(segment) }) {
                    node = child.node
                } else {
                    nodes.append(Node())
                    nodes[node].literals.append((Array(segment), nodes.count - 1))
                    node = nodes.count - 1
                }
            }
            precondition(
                !nodes[node].entries.contains { $0.route.method == route.method },
                "\(route.method) \(route.pattern) matches the same paths as another route")
            nodes[node].entries.append(
                Entry(route: route, parameterNames: names, responder: responder(route.handler)))
        }
        for index in nodes.indices where !nodes[index].entries.isEmpty {
            nodes[index].methodNotAllowed = responder(RouteTable.methodNotAllowed(nodes[index].entries))
        }
        self.nodes = nodes
        notFound = responder { request, _ in
            if request.target == "*" { return HTTPResponse(status: .noContent) }
            throw HTTPError(.notFound, code: "not_found", message: "There is nothing at this path.")
        }
        badPath = responder { _, _ in
            throw HTTPError.badRequest("bad_path", "The path's percent-encoding does not decode to UTF-8 text.")
        }
    }

    /// Answers with an error, through the middleware.
    package func refusal(_ error: any Error) -> Responder {
        responder { _, _ in throw error }
    }

    /// Asks the router's admission, and tells the context who the client is; what to answer where it refuses.
    package func admit(_ request: HTTPRequest, _ context: RequestContext) -> Responder? {
        guard let admission else { return nil }
        do {
            if let client = try admission(request, context) { context.identify(client) }
            return nil
        } catch {
            return refusal(error)
        }
    }

    /// The entry for a target in origin form.
    package func match(_ method: HTTPMethod, _ target: String) -> Match {
        var target = target
        return target.withUTF8 { target in
            let path = UnsafeBufferPointer(rebasing: target.prefix { $0 != UInt8(ascii: "?") })
            guard path.first == UInt8(ascii: "/") else { return .refused(notFound) }
            if path.contains(UInt8(ascii: "%")), PercentCoding.decode(path) == nil { return .refused(badPath) }
            var values: [String] = []
            return entry(method, walk(path, from: 1, node: 0, &values), values)
        }
    }

    /// The node which the path from `start` on leads to, with the parameters' values; segments are compared in place.
    private func walk(
        _ path: UnsafeBufferPointer<UInt8>, from start: Int, node: Int, _ values: inout [String]
    ) -> Int? {
        var end = start
        var isEscaped = false
        while end < path.count, path[end] != UInt8(ascii: "/") {
            isEscaped = isEscaped || path[end] == UInt8(ascii: "%")
            end += 1
        }
        let segment = UnsafeBufferPointer(rebasing: path[start..<end])
        func descend(_ child: Int, _ values: inout [String]) -> Int? {
            if end < path.count { return walk(path, from: end + 1, node: child, &values) }
            return nodes[child].entries.isEmpty ? nil : child
        }
        if let child = literal(segment, isEscaped, of: node), let found = descend(child, &values) { return found }
        guard let child = nodes[node].parameter, !segment.isEmpty else { return nil }
        values.append(isEscaped ? PercentCoding.decode(segment) ?? "" : String(decoding: segment, as: UTF8.self))
        if let found = descend(child, &values) { return found }
        values.removeLast()
        return nil
    }

    private func literal(_ segment: UnsafeBufferPointer<UInt8>, _ isEscaped: Bool, of node: Int) -> Int? {
        if isEscaped {
            guard let text = PercentCoding.decode(segment) else { return nil }
            return nodes[node].literals.first { $0.segment.elementsEqual(text.utf8) }?.node
        }
        for literal in nodes[node].literals where literal.segment.count == segment.count {
            if literal.segment.elementsEqual(segment) { return literal.node }
        }
        return nil
    }

    private func entry(_ method: HTTPMethod, _ node: Int?, _ values: [String]) -> Match {
        guard let node, let methodNotAllowed = nodes[node].methodNotAllowed else { return .refused(notFound) }
        let entries = nodes[node].entries
        let found =
            entries.first { $0.route.method == method }
            ?? (method == .head ? entries.first { $0.route.method == .get } : nil)
        guard let found else { return .refused(methodNotAllowed) }
        return .found(
            found, values.isEmpty ? PathParameters() : PathParameters(names: found.parameterNames, values: values))
    }

    private static func methodNotAllowed(_ entries: [Entry]) -> HTTPHandler {
        var methods = entries.map(\.route.method.rawValue)
        if methods.contains("GET") && !methods.contains("HEAD") { methods.append("HEAD") }
        if !methods.contains("OPTIONS") { methods.append("OPTIONS") }
        let list = methods.joined(separator: ", ")
        let allow: HTTPHeaders = ["Allow": list]
        return { request, _ in
            if request.method == .options { return HTTPResponse(status: .noContent, headers: allow) }
            throw HTTPError(
                .methodNotAllowed, code: "method_not_allowed",
                message: "\(request.method) is not possible here; \(list) are.",
                headers: allow)
        }
    }
}
