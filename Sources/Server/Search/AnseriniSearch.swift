import Corpus
import HTTP
import JSON
import Search

/// A search in the shape of Anserini's REST interface, for clients that were written for it.
///
/// https://github.com/castorini/anserini, `src/main/resources/rest/openapi.yaml`: `GET /v1/{index}/search` with `query`,
/// `hits` and `parse`, answered by candidates whose `doc` is what Anserini's `JsonCollection` takes.
struct AnseriniSearch {
    let request: SearchRequest
    private let index: String
    /// Whether documents are given as JSON, or as its text.
    private let parses: Bool

    /// Throws `HTTPError` 400 that names the parameter and what it must be.
    init(_ request: HTTPRequest) throws {
        let parameters = try SearchQuery.parameters(request, allowed: ["query", "hits", "parse"])
        var fields: [CodePoints: JSONValue] = [:]
        if let hits = parameters["hits"] {
            // Checked here, so that the error has the client's own word.
            fields["k"] = .integer(Int64(try SearchQuery.number("hits", hits, 1...Pipeline.largestKeep)))
        }
        guard let query = parameters["query"] else { throw RequestBody.refuse("query is missing") }
        fields["query"] = .string(query)
        self.request = try SearchFields(fields).requests[0]
        index = request.parameters["index"] ?? ""
        parses = try parameters["parse"].map { try SearchQuery.flag("parse", $0) } ?? true
    }

    func json(_ response: SearchResponse) -> JSONValue {
        [
            "api": "v1", "index": .string(index), "query": ["text": .string(request.query)],
            "candidates": .array(response.hits.map(candidate)),
        ]
    }

    private func candidate(_ hit: Hit) -> JSONValue {
        var document = hit.metadata
        document["id"] = .string(hit.id)
        document["contents"] = .string(hit.text ?? "")
        let json = JSONValue.object(document)
        return [
            "docid": .string(hit.id), "score": .number(hit.score), "rank": .integer(Int64(hit.rank)),
            "doc": parses ? json : .string(json.serialised()),
        ]
    }
}
