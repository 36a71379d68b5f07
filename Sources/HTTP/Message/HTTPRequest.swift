/// A request as a handler gets it: head, path parameters and body.
public struct HTTPRequest: Sendable {
    public var method: HTTPMethod
    /// The request target as it came, in origin form: path and query, still percent-encoded (`*` for `OPTIONS *`).
    public var target: String
    public var version: HTTPVersion
    public var headers: HTTPHeaders
    /// What stood in the place of the pattern's `{name}`s, percent-decoded.
    public var parameters: PathParameters
    /// The whole body; empty on routes that take it as a stream.
    public var body: [UInt8]
    /// The body of a route with `.streamed` body, nil on others.
    public var bodyReader: HTTPBodyReader?

    public init(
        method: HTTPMethod = .get, target: String = "/", version: HTTPVersion = .http11,
        headers: HTTPHeaders = HTTPHeaders(), parameters: PathParameters = PathParameters(), body: [UInt8] = [],
        bodyReader: HTTPBodyReader? = nil
    ) {
        self.method = method
        self.target = target
        self.version = version
        self.headers = headers
        self.parameters = parameters
        self.body = body
        self.bodyReader = bodyReader
    }

    /// Stands for a request whose head could not be read, or was not waited for.
    static var unparsed: HTTPRequest { HTTPRequest(method: HTTPMethod(rawValue: "-"), target: "-") }

    /// The target before the first `?`, still percent-encoded.
    public var path: Substring { Substring(target.utf8.prefix { $0 != UInt8(ascii: "?") }) }

    /// The target after the first `?`, still percent-encoded; nil without one.
    public var query: Substring? {
        target.utf8.firstIndex(of: UInt8(ascii: "?")).map { target[target.index(after: $0)...] }
    }

    /// The path's segments, split at `/` and then percent-decoded; nil where one does not decode to UTF-8.
    public var pathSegments: [String]? {
        var segments: [String] = []
        for segment in path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let decoded = PercentCoding.decode(segment) else { return nil }
            segments.append(decoded)
        }
        return segments
    }

    /// The query's `name=value` pairs in order, decoded, `+` as space; a pair that does not decode is left out.
    public var queryItems: [(name: String, value: String)] {
        guard let query else { return [] }
        return query.utf8.split(separator: UInt8(ascii: "&")).compactMap { pair in
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            let value = pair.dropFirst(name.count + 1)
            guard let name = PercentCoding.decode(name, plusIsSpace: true),
                let value = PercentCoding.decode(value, plusIsSpace: true)
            else { return nil }
            return (name, value)
        }
    }

    /// The first query value of that name.
    public func queryValue(_ name: String) -> String? {
        queryItems.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }
}
