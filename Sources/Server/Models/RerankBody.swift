import Corpus
import HTTP
import JSON
import Search

/// The body of a rerank request in the shape of Cohere and Jina, or in that of text-embeddings-inference.
struct RerankBody {
    static let mostDocuments = 1000

    private(set) var query = ""
    /// Texts, with the documents as they were given.
    private(set) var documents: [(text: String, given: JSONValue)] = []
    private(set) var topN: Int?
    private(set) var returnsDocuments = false
    /// Scores as the model gives them instead of ones between 0 and 1.
    private(set) var isRaw = false
    /// `nil` for a name that is none of ours: clients send those of the service they were made for.
    private(set) var method: Pipeline.Method?

    /// `query`, `documents` (strings or objects with a `text`), `top_n`, `return_documents`, `model`. Fields that the
    /// services have besides are passed over. Throws `HTTPError` 400.
    static func cohere(_ bytes: [UInt8]) throws(HTTPError) -> RerankBody {
        let fields = try object(bytes)
        var body = RerankBody()
        try body.read(fields, documents: "documents")
        if let topN = fields["top_n"], topN != .null { body.topN = try RequestBody.integer("top_n", topN, 1...Int.max) }
        if let flag = fields["return_documents"], flag != .null {
            body.returnsDocuments = try RequestBody.flag("return_documents", flag)
        }
        return body
    }

    /// `query`, `texts`, `return_text`, `raw_scores`, `truncate`. Throws `HTTPError` 400.
    static func textEmbeddingsInference(_ bytes: [UInt8]) throws(HTTPError) -> RerankBody {
        let fields = try object(bytes)
        var body = RerankBody()
        try body.read(fields, documents: "texts")
        if let flag = fields["return_text"], flag != .null {
            body.returnsDocuments = try RequestBody.flag("return_text", flag)
        }
        if let flag = fields["raw_scores"], flag != .null { body.isRaw = try RequestBody.flag("raw_scores", flag) }
        return body
    }

    private static func object(_ bytes: [UInt8]) throws(HTTPError) -> [CodePoints: JSONValue] {
        guard case .object(let fields) = try RequestBody.parse(bytes) else {
            throw RequestBody.refuse("the body must be a JSON object")
        }
        return fields
    }

    private mutating func read(_ fields: [CodePoints: JSONValue], documents name: CodePoints) throws(HTTPError) {
        query = try RequestBody.string("query", fields["query"])
        guard query.utf8.count <= SearchEngine.largestQuery else {
            throw RequestBody.refuse(
                "query has \(query.utf8.count) bytes; at most \(SearchEngine.largestQuery) are allowed")
        }
        guard let given = fields[name]?.arrayValue, (1...Self.mostDocuments).contains(given.count) else {
            throw RequestBody.refuse("\(name) must be an array of 1 to \(Self.mostDocuments) texts")
        }
        for (position, document) in given.enumerated() {
            guard let text = document.stringValue ?? document["text"]?.stringValue else {
                throw RequestBody.refuse("\(name)[\(position)] must be a string, or an object with a string \"text\"")
            }
            documents.append((text, document))
        }
        method = fields["model"]?.stringValue.flatMap { Pipeline.Method(rawValue: $0) }
    }
}
