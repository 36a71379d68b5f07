import Corpus
import HTTP
import Ranking
import Search

/// The body of a search request, checked field by field.
struct SearchBody {
    let request: SearchRequest

    /// Throws `HTTPError` 400 that names the field and what it must be.
    init(_ bytes: [UInt8]) throws {
        let fields: [String: JSONValue]
        do {
            guard case .object(let object) = try JSONValue(parsing: bytes) else {
                throw Self.refuse("the body must be a JSON object such as {\"query\": \"…\", \"k\": 10}")
            }
            fields = object
        } catch let error as JSONError {
            throw Self.refuse("the body is not JSON: \(error)", code: "invalid_json")
        }
        let known: Set = ["query", "k", "pipeline", "explain", "include_text"]
        if let unknown = fields.keys.filter({ !known.contains($0) }).min() {
            throw Self.refuse(
                "there is no field \(unknown.debugDescription); the fields are \(known.sorted().joined(separator: ", "))"
            )
        }
        guard let query = fields["query"]?.stringValue else { throw Self.refuse("query must be a string") }
        func flag(_ name: String, default standard: Bool) throws -> Bool {
            guard let value = fields[name] else { return standard }
            guard let flag = value.boolValue else {
                throw Self.refuse("\(name) must be true or false, not \(value.kind)")
            }
            return flag
        }
        var request = SearchRequest(query)
        if let k = fields["k"] {
            guard let count = k.integerValue, (1...Int64(Pipeline.largestKeep)).contains(count) else {
                throw Self.refuse("k must be a whole number from 1 to \(Pipeline.largestKeep)")
            }
            request.k = Int(count)
        }
        if let pipeline = fields["pipeline"], pipeline != .null { request.pipeline = try Self.pipeline(pipeline) }
        request.explains = try flag("explain", default: false)
        request.includesText = try flag("include_text", default: true)
        self.request = request
    }

    private static func refuse(_ message: String, code: String = "invalid_request") -> HTTPError {
        HTTPError(.badRequest, code: code, message: message)
    }

    /// A pipeline as text, or as `{"candidates": {"k", "k1", "b"}, "stages": [{"stage", "keep", "combine", "weight"}]}`.
    private static func pipeline(_ value: JSONValue) throws -> Pipeline {
        do {
            if let text = value.stringValue { return try Pipeline(parsing: text) }
            var pipeline = Pipeline(stages: [])
            guard let fields = value.objectValue, fields.keys.allSatisfy({ $0 == "candidates" || $0 == "stages" })
            else {
                throw refuse(
                    "pipeline must be a text such as bm25:1000,colbert:50, or {\"candidates\": …, \"stages\": […]}")
            }
            if let candidates = fields["candidates"] { try read(candidates, into: &pipeline) }
            for stage in fields["stages"]?.arrayValue ?? [] { pipeline.stages.append(try self.stage(stage)) }
            try pipeline.validate()
            return pipeline
        } catch let error as SearchError {
            throw refuse(error.description)
        }
    }

    private static func read(_ candidates: JSONValue, into pipeline: inout Pipeline) throws {
        guard let fields = candidates.objectValue else { throw refuse("pipeline.candidates must be an object") }
        for (name, value) in fields {
            switch (name, value.integerValue, value.numberValue) {
            case ("k", let count?, _): pipeline.candidates = Int(clamping: count)
            case ("k1", _, let number?): pipeline.bm25.k1 = number
            case ("b", _, let number?): pipeline.bm25.b = number
            default:
                throw refuse("pipeline.candidates has the fields k, k1 and b, all numbers; \(name) is not one of them")
            }
        }
    }

    private static func stage(_ value: JSONValue) throws -> Pipeline.Stage {
        let known: Set = ["stage", "keep", "combine", "weight"]
        guard let fields = value.objectValue, fields.keys.allSatisfy(known.contains),
            let method = fields["stage"]?.stringValue.flatMap({ Pipeline.Method(rawValue: $0) }),
            let keep = fields["keep"]?.integerValue,
            let combination = Combination(
                name: fields["combine"]?.stringValue ?? "replace", weight: fields["weight"]?.numberValue)
        else {
            throw refuse(
                "a stage reads like {\"stage\": \"tildev2\" | \"colbert\" | \"cross-encoder\", \"keep\": 50, "
                    + "\"combine\": \"replace\" | \"rrf\" | \"interpolate\", \"weight\": 0.5}; the weight goes with interpolate"
            )
        }
        return Pipeline.Stage(method, keep: Int(clamping: keep), combination: combination)
    }
}
