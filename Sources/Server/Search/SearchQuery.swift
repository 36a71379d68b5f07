import Corpus
import HTTP
import JSON
import Search

/// The query string of a search by GET, brought into the shape of a body.
struct SearchQuery {
    let fields: SearchFields

    /// Throws `HTTPError` 400 that names the parameter and what it must be.
    init(_ request: HTTPRequest) throws {
        var fields: [CodePoints: JSONValue] = [:]
        for (name, text) in try Self.parameters(request, allowed: Self.names).sorted(by: { $0.key < $1.key }) {
            switch name {
            case "q": fields["query"] = .string(text)
            case "k", "offset":
                fields[name] = .integer(Int64(try Self.number(name.text, text, 0...Pipeline.largestKeep)))
            case "filter": fields[name] = try Self.filter(text)
            case "facets":
                fields[name] = .array(text.parts(between: ",").map { .string(String($0)) })
            case "highlight", "explain": fields[name] = .bool(try Self.flag(name.text, text))
            default: fields[name] = .string(text)
            }
        }
        guard fields["query"] != nil else { throw RequestBody.refuse("q, the query, is missing") }
        self.fields = try SearchFields(fields)
    }

    private static let names: [CodePoints] = [
        "q", "k", "offset", "pipeline", "filter", "facets", "highlight", "explain",
    ]

    /// All parameters, each once. Throws `HTTPError` 400 for others, and for what cannot be decoded.
    static func parameters(
        _ request: HTTPRequest, allowed: [CodePoints]
    ) throws -> [CodePoints: String] {
        let items = request.queryItems
        guard items.count == (request.query ?? "").utf8.split(separator: UInt8(ascii: "&")).count else {
            throw RequestBody.refuse("the query string has a part that is not UTF-8 or wrongly percent-encoded")
        }
        var parameters: [CodePoints: String] = [:]
        for (name, value) in items {
            let name = CodePoints(name)
            guard allowed.contains(name) else {
                throw RequestBody.refuse(
                    "there is no parameter \(name.text.debugDescription); the parameters are "
                        + allowed.map(\.text).joined(separator: ", "))
            }
            guard parameters.updateValue(value, forKey: name) == nil else {
                throw RequestBody.refuse("\(name) is given twice")
            }
        }
        return parameters
    }

    static func number(_ name: String, _ text: String, _ range: ClosedRange<Int>) throws -> Int {
        try RequestBody.integer(name, Int64(text).map { .integer($0) } ?? .null, range)
    }

    static func flag(_ name: String, _ text: String) throws -> Bool {
        switch text {
        case "1", "true": return true
        case "0", "false": return false
        default: throw RequestBody.refuse("\(name) must be 1, true, 0 or false")
        }
    }

    private static func filter(_ text: String) throws -> JSONValue {
        do {
            return try JSONValue(parsing: text)
        } catch {
            throw RequestBody.refuse("filter is not JSON: \(error)", code: "invalid_json")
        }
    }
}
