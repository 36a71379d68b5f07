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

    private struct Node: Sendable {
        var literals: [(segment: [UInt8], node: Int)] = []
        var parameter: Int?
        var entries: [Entry] = []
        var methodNotAllowed: Responder?
    }

    private let nodes: [Node]
    private let notFound: Responder
    private let badPath: Responder
    private let admission: HTTPAdmission?
    private let bodyDecoding: (any HTTPBodyDecoding)?
    private let responder: @Sendable (@escaping HTTPHandler) -> Responder

    /// - Parameter bodyBytes: bytes that a decoded body may have on routes that do not say.
    package init(
        _ router: Router, bodyBytes: Int = 8 << 20, errorResponse: @escaping @Sendable (any Error) -> HTTPResponse
    ) {
        let middlewares = router.middlewares
        @Sendable func answering(_ handler: @escaping HTTPHandler) -> Responder {
            { request, context in
                do { return try handler(request, context) } catch { return errorResponse(error) }
            }
        }
        @Sendable func responder(_ handler: @escaping HTTPHandler) -> Responder {
            var wrapped = answering(handler)
            // What a middleware throws is answered through those around it, like any other error.
            for middleware in middlewares.reversed() { wrapped = answering(middleware(wrapped)) }
            return wrapped
        }
        admission = router.admission
        bodyDecoding = router.bodyDecoding
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
                Entry(
                    route: route, parameterNames: names,
                    responder: responder(RouteTable.handler(of: route, router.bodyDecoding, bodyBytes))))
        }
        for index in nodes.indices where !nodes[index].entries.isEmpty {
            nodes[index].methodNotAllowed = responder(RouteTable.methodNotAllowed(nodes[index].entries))
        }
        let tree = nodes
        self.nodes = tree
        let guesses = RouteGuesses(router) { RouteTable.end(of: $0, in: tree) }
        notFound = responder { request, _ in
            if request.target == "*" { return HTTPResponse(status: .noContent) }
            throw HTTPError(
                .notFound, code: "not_found",
                message: "There is nothing at this path." + (guesses.meant(by: request.path).map { " \($0)" } ?? ""))
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
        do {
            if let admission, let client = try admission(request, context) { context.identify(client) }
            if let bodyDecoding { try bodyDecoding.check(request.headers) }
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
            let node =
                RouteTable.walk(nodes, path, from: 1, node: 0, &values)
                ?? RouteTable.walkPassingOver(nodes, path, &values)
            return entry(method, node, values)
        }
    }

    /// Where a path leads to, nil where to no route.
    private static func end(of path: String, in nodes: [Node]) -> RouteGuesses.End? {
        var path = path
        var values: [String] = []
        return path.withUTF8 { path in
            guard path.first == UInt8(ascii: "/"), let node = walk(nodes, path, from: 1, node: 0, &values) else {
                return nil
            }
            let isLast = nodes[node].literals.isEmpty && nodes[node].parameter == nil
            return isLast && nodes[node].entries.first?.route.pattern.last == "}" ? .parameter : .route
        }
    }

    /// As `walk`, over a path with empty segments that stand beside literal ones or at its ends.
    private static func walkPassingOver(
        _ nodes: [Node], _ path: UnsafeBufferPointer<UInt8>, _ values: inout [String]
    ) -> Int? {
        let slash = UInt8(ascii: "/")
        guard path.count > 1,
            path.last == slash || zip(path, path.dropFirst()).contains(where: { $0 == $1 && $0 == slash })
        else { return nil }
        let segments = path.dropFirst().split(separator: slash, omittingEmptySubsequences: false)
        let collapsed = [slash] + Array(segments.filter { !$0.isEmpty }.joined(separator: [slash]))
        values = []
        let node = collapsed.withUnsafeBufferPointer { walk(nodes, $0, from: 1, node: 0, &values) }
        guard let node, let pattern = nodes[node].entries.first?.route.pattern else { return nil }
        // Which of the segments that are left stand for parameters; the ends of a path count as literal.
        let isParameter = pattern.utf8.dropFirst().split(separator: slash).map { $0.first == UInt8(ascii: "{") }
        var place = 0
        for segment in segments {
            if !segment.isEmpty {
                place += 1
                continue
            }
            let isBesideParameter =
                (place > 0 && place <= isParameter.count && isParameter[place - 1])
                || (place < isParameter.count && isParameter[place])
            if isBesideParameter { return nil }
        }
        return node
    }

    /// The node which the path from `start` on leads to, with the parameters' values; segments are compared in place.
    private static func walk(
        _ nodes: [Node], _ path: UnsafeBufferPointer<UInt8>, from start: Int, node: Int, _ values: inout [String]
    ) -> Int? {
        var end = start
        var isEscaped = false
        while end < path.count, path[end] != UInt8(ascii: "/") {
            isEscaped = isEscaped || path[end] == UInt8(ascii: "%")
            end += 1
        }
        let segment = UnsafeBufferPointer(rebasing: path[start..<end])
        func descend(_ child: Int, _ values: inout [String]) -> Int? {
            if end < path.count { return walk(nodes, path, from: end + 1, node: child, &values) }
            return nodes[child].entries.isEmpty ? nil : child
        }
        if let child = literal(segment, isEscaped, of: nodes[node]), let found = descend(child, &values) {
            return found
        }
        guard let child = nodes[node].parameter, !segment.isEmpty else { return nil }
        values.append(isEscaped ? PercentCoding.decode(segment) ?? "" : String(decoding: segment, as: UTF8.self))
        if let found = descend(child, &values) { return found }
        values.removeLast()
        return nil
    }

    private static func literal(
        _ segment: UnsafeBufferPointer<UInt8>, _ isEscaped: Bool, of node: Node
    ) -> Int? {
        if isEscaped {
            guard let text = PercentCoding.decode(segment) else { return nil }
            return node.literals.first { $0.segment.elementsEqual(text.utf8) }?.node
        }
        for literal in node.literals where literal.segment.count == segment.count {
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

    /// The route's handler, before which its body is decoded where it comes in a content coding. Those that run on event
    /// loops look at no body.
    private static func handler(
        of route: Route, _ decoding: (any HTTPBodyDecoding)?, _ bodyBytes: Int
    ) -> HTTPHandler {
        guard let decoding, !route.options.isImmediate else { return route.handler }
        let limit =
            switch route.options.body {
            case .buffered(let limit): limit ?? bodyBytes
            case .streamed(let limit): limit ?? .max
            }
        return { request, context in
            guard request.headers.contains("Content-Encoding") else { return try route.handler(request, context) }
            return try route.handler(decoding.decoded(request, limit: limit), context)
        }
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
