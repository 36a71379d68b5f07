import Corpus
import HTTP
import JSON
import PassageIndex
import Search

/// The fields of a search request, from a body or a query string, checked one by one.
struct SearchFields {
    private static let names: Set<CodePoints> = [
        "query", "queries", "k", "offset", "pipeline", "filter", "facets", "highlight", "explain", "include_text",
    ]

    /// One, or those of a batch.
    let requests: [SearchRequest]
    let isBatch: Bool

    /// Those of a body. Throws `HTTPError` 400 that names the field and what it must be.
    init(body: [UInt8]) throws {
        try self.init(RequestBody(body, fields: Self.names).fields)
    }

    /// Throws `HTTPError` 400 that names the field and what it must be.
    init(_ fields: [CodePoints: JSONValue]) throws {
        let queries: [String]
        if let batch = fields["queries"] {
            guard fields["query"] == nil else { throw RequestBody.refuse("give query or queries, not both") }
            guard let texts = batch.arrayValue, (1...SearchEngine.largestBatch).contains(texts.count) else {
                throw RequestBody.refuse("queries must be an array of 1 to \(SearchEngine.largestBatch) strings")
            }
            queries = try texts.enumerated().map { try RequestBody.string("queries[\($0)]", $1) }
        } else {
            queries = [try RequestBody.string("query", fields["query"])]
        }
        let model = try Self.request(fields)
        requests = queries.map { query in
            var request = model
            request.query = query
            return request
        }
        isBatch = fields["queries"] != nil
    }

    /// What all queries of a request share.
    private static func request(_ fields: [CodePoints: JSONValue]) throws -> SearchRequest {
        var request = SearchRequest("")
        // In one order, so that of several faults the same one is named each time.
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            switch name {
            case "k": request.k = try RequestBody.integer(name.text, value, 1...Pipeline.largestKeep)
            case "offset": request.offset = try RequestBody.integer(name.text, value, 0...Pipeline.largestKeep)
            case "pipeline" where value != .null: request.pipeline = try Pipeline(json: value)
            case "filter" where value != .null: request.filter = try filter(value)
            case "facets": request.facets = try facets(value)
            case "highlight": request.highlights = try RequestBody.flag(name.text, value)
            case "explain": request.explains = try RequestBody.flag(name.text, value)
            case "include_text": request.includesText = try RequestBody.flag(name.text, value)
            default: break
            }
        }
        return request
    }

    private static func filter(_ value: JSONValue) throws -> MetadataFilter {
        do {
            return try MetadataFilter(value)
        } catch {
            throw RequestBody.refuse(error.description)
        }
    }

    /// Fields' names, or objects with `field` and `size`.
    private static func facets(_ value: JSONValue) throws -> [FacetRequest] {
        guard let elements = value.arrayValue, elements.count <= FacetRequest.mostFields else {
            throw RequestBody.refuse("facets must be an array of at most \(FacetRequest.mostFields) fields")
        }
        return try elements.enumerated().map { position, element in
            if let name = element.stringValue { return FacetRequest(name) }
            guard let fields = element.objectValue, fields.keys.allSatisfy({ $0 == "field" || $0 == "size" }) else {
                throw RequestBody.refuse(
                    "facets[\(position)] must be a field's name, or {\"field\": \"section\", \"size\": 10}")
            }
            var facet = FacetRequest(try RequestBody.string("facets[\(position)].field", fields["field"]))
            if let size = fields["size"] {
                facet.size = try RequestBody.integer(
                    "facets[\(position)].size", size, 1...FacetRequest.mostValues)
            }
            return facet
        }
    }
}
