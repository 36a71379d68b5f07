import Corpus
import HTTP
import JSON
import Ranking
import Search

extension Pipeline {
    /// A pipeline as text, or as `{"candidates": {"k", "k1", "b"}, "stages": [{"stage", "keep", "combine", "weight"}]}`.
    ///
    /// Throws `HTTPError` 400 that names the field and what it must be.
    init(json value: JSONValue) throws {
        do {
            if let text = value.stringValue {
                self = try Pipeline(parsing: text)
                return
            }
            var pipeline = Pipeline(stages: [])
            guard let fields = value.objectValue, fields.keys.allSatisfy({ $0 == "candidates" || $0 == "stages" })
            else {
                throw RequestBody.refuse(
                    "pipeline must be a text such as bm25:1000,colbert:50, or {\"candidates\": …, \"stages\": […]}")
            }
            if let candidates = fields["candidates"] { try pipeline.read(candidates: candidates) }
            for stage in fields["stages"]?.arrayValue ?? [] { pipeline.stages.append(try Self.stage(stage)) }
            try pipeline.validate()
            self = pipeline
        } catch let error as SearchError {
            throw RequestBody.refuse(error.description)
        }
    }

    private mutating func read(candidates: JSONValue) throws {
        guard let fields = candidates.objectValue else {
            throw RequestBody.refuse("pipeline.candidates must be an object")
        }
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            switch (name, value.integerValue, value.numberValue) {
            case ("k", let count?, _): self.candidates = Int(clamping: count)
            case ("k1", _, let number?): bm25.k1 = number
            case ("b", _, let number?): bm25.b = number
            default:
                throw RequestBody.refuse(
                    "pipeline.candidates has the fields k, k1 and b, all numbers; \(name) is not one of them")
            }
        }
    }

    private static func stage(_ value: JSONValue) throws -> Pipeline.Stage {
        let known: Set<CodePoints> = ["stage", "keep", "combine", "weight"]
        guard let fields = value.objectValue, fields.keys.allSatisfy(known.contains),
            let method = fields["stage"]?.stringValue.flatMap({ Pipeline.Method(rawValue: $0) }),
            let keep = fields["keep"]?.integerValue,
            let combination = Combination(
                name: fields["combine"]?.stringValue ?? "replace", weight: fields["weight"]?.numberValue)
        else {
            throw RequestBody.refuse(
                "a stage reads like {\"stage\": \"tildev2\" | \"colbert\" | \"feedback\" | \"cross-encoder\", \"keep\": 50, "
                    + "\"combine\": \"replace\" | \"rrf\" | \"interpolate\", \"weight\": 0.5}; the weight goes with interpolate"
            )
        }
        return Pipeline.Stage(method, keep: Int(clamping: keep), combination: combination)
    }
}
