import Corpus
import HTTP
import JSON
import Search

/// The body of a rerank request in the shape of Cohere and Jina, or in that of text-embeddings-inference.
struct RerankBody {
    static let mostDocuments = 1000
    /// Bytes of one document's text, as many as a passage of an index may have.
    static let longestDocument = PassageLimits().textBytes

    private(set) var query = ""
    /// Texts, with the documents as they were given.
    private(set) var documents: [(text: String, given: JSONValue)] = []
    private(set) var topN: Int?
    private(set) var returnsDocuments = false
    /// Scores as the model gives them instead of ones between 0 and 1.
    private(set) var isRaw = false
    /// `nil` for a name that is none of ours: clients send those of the service they were made for.
    private(set) var method: Pipeline.Method?

    /// What the services understand besides and what changes no ranking here: all of a document is looked at, however
    /// long, and nobody's request goes before another's.
    private static let passedOver: Set<CodePoints> = [
        "max_chunks_per_doc", "max_tokens_per_doc", "max_doc_length", "max_query_length", "truncate", "truncation",
        "truncation_direction", "truncate_prompt_tokens", "priority", "user",
    ]
    private static let mostRankFields = 100

    /// `query`, `documents` (strings or objects with a `text`), `rank_fields` (the objects' members that are ranked instead
    /// of it), `top_n`, `return_documents`, `raw_scores`, `model`. Throws `HTTPError` 400.
    static func cohere(_ bytes: [UInt8]) throws(HTTPError) -> RerankBody {
        let known: Set<CodePoints> = [
            "query", "documents", "rank_fields", "top_n", "return_documents", "raw_scores", "model",
        ]
        let fields = try RequestBody(bytes, fields: known, passingOver: passedOver).fields
        var body = RerankBody()
        try body.read(fields, documents: "documents", rankFields: rankFields(fields["rank_fields"]))
        if let topN = fields["top_n"] { body.topN = try RequestBody.integer("top_n", topN, 1...Int.max) }
        if let flag = fields["return_documents"] {
            body.returnsDocuments = try RequestBody.flag("return_documents", flag)
        }
        return body
    }

    /// `query`, `texts`, `return_text`, `raw_scores`, `model`. Throws `HTTPError` 400.
    static func textEmbeddingsInference(_ bytes: [UInt8]) throws(HTTPError) -> RerankBody {
        let known: Set<CodePoints> = ["query", "texts", "return_text", "raw_scores", "model"]
        let fields = try RequestBody(bytes, fields: known, passingOver: passedOver).fields
        var body = RerankBody()
        try body.read(fields, documents: "texts", rankFields: [])
        if let flag = fields["return_text"] { body.returnsDocuments = try RequestBody.flag("return_text", flag) }
        return body
    }

    private mutating func read(
        _ fields: [CodePoints: JSONValue], documents name: CodePoints, rankFields: [CodePoints]
    ) throws(HTTPError) {
        query = try RequestBody.string("query", fields["query"])
        guard query.utf8.count <= SearchEngine.largestQuery else {
            throw RequestBody.refuse(
                "query has \(query.utf8.count) bytes; at most \(SearchEngine.largestQuery) are allowed")
        }
        guard let given = fields[name]?.arrayValue, (1...Self.mostDocuments).contains(given.count) else {
            throw RequestBody.refuse("\(name) must be an array of 1 to \(Self.mostDocuments) texts")
        }
        for (position, document) in given.enumerated() {
            let text = try Self.text(of: document, named: "\(name)[\(position)]", rankFields)
            guard text.utf8.count <= Self.longestDocument else {
                throw RequestBody.refuse(
                    "\(name)[\(position)] has \(text.utf8.count) bytes; at most \(Self.longestDocument) are allowed, so "
                        + "split it")
            }
            documents.append((text, document))
        }
        if let flag = fields["raw_scores"] { isRaw = try RequestBody.flag("raw_scores", flag) }
        method = fields["model"]?.stringValue.flatMap { Pipeline.Method(rawValue: $0) }
    }

    /// Members' names, in the order in which they are ranked; none where there are none named.
    private static func rankFields(_ value: JSONValue?) throws(HTTPError) -> [CodePoints] {
        guard let value else { return [] }
        guard let names = value.arrayValue, (1...mostRankFields).contains(names.count) else {
            throw RequestBody.refuse(
                "rank_fields must be an array of 1 to \(mostRankFields) names of the documents' fields")
        }
        var fields: [CodePoints] = []
        for (position, name) in names.enumerated() {
            fields.append(CodePoints(try RequestBody.string("rank_fields[\(position)]", name)))
        }
        return fields
    }

    /// What is ranked of a document: all of a string; of an object its `text`, or the fields named, a line each.
    private static func text(
        of document: JSONValue, named name: String, _ rankFields: [CodePoints]
    ) throws(HTTPError) -> String {
        if let text = document.stringValue { return text }
        guard document.objectValue != nil, !rankFields.isEmpty else {
            if let text = document["text"]?.stringValue { return text }
            throw RequestBody.refuse(
                "\(name) must be a string, or an object with a string \"text\", or with the fields that rank_fields names"
            )
        }
        var lines: [String] = []
        for field in rankFields {
            switch document[field] {
            case .string(let text): lines.append(text)
            case .integer, .number, .bool: lines.append(document[field]?.serialised() ?? "")
            case .null, nil: break
            case .array, .object:
                throw RequestBody.refuse(
                    "\(name).\(field), which rank_fields names, must be a string, a number or a boolean")
            }
        }
        guard !lines.isEmpty else {
            throw RequestBody.refuse(
                "\(name) has none of the rank_fields \(rankFields.map(\.text).joined(separator: ", "))")
        }
        return lines.joined(separator: "\n")
    }
}
