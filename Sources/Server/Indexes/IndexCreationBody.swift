import Corpus
import HTTP
import JSON
import PassageIndex
import Ranking

/// The body of `PUT /v1/indexes/{name}`, checked field by field; an empty one takes every default.
struct IndexCreationBody {
    private(set) var isLexicalOnly = false
    private var analysis = Analysis.english
    private var codec = TokenCodec.int8
    private var dimension: Int?
    private var splitsPassages = true
    private var declaredFields: [String] = []

    /// Throws `HTTPError` 400 that names the field and what it must be.
    init(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { return }
        for (name, value) in try RequestBody(bytes, fields: Self.fields).fields.sorted(by: { $0.key < $1.key }) {
            switch name {
            case "lexical_only": isLexicalOnly = try RequestBody.flag(name.text, value)
            case "splits_passages": splitsPassages = try RequestBody.flag(name.text, value)
            case "analysis":
                analysis = try RequestBody.choice(name.text, value, Analysis.allCases.map { ($0.rawValue, $0) })
            case "codec":
                codec = try RequestBody.choice(name.text, value, TokenCodec.allCases.map { ($0.rawValue, $0) })
            case "fields": declaredFields = try Self.names(value)
            default: dimension = try RequestBody.integer(name.text, value, 4...1024)
            }
        }
    }

    /// Whether the body asks for a dimension, which a model may not have.
    var namesDimension: Bool { dimension != nil }

    private static let fields: Set<CodePoints> = [
        "lexical_only", "splits_passages", "analysis", "codec", "dimension", "fields",
    ]

    /// Names of metadata fields; what they may be made of is the index's to say.
    private static func names(_ value: JSONValue) throws -> [String] {
        guard let names = value.arrayValue else { throw RequestBody.refuse("fields must be an array of strings") }
        return try names.enumerated().map { try RequestBody.string("fields[\($0)]", $1) }
    }

    func settings(_ models: ModelSet) -> IndexSettings {
        IndexSettings(
            models: models, analysis: analysis, codec: codec, dimension: dimension, splitsPassages: splitsPassages,
            fields: declaredFields)
    }

    /// Whether an index with these settings is what the body asks for.
    func describes(_ settings: IndexSettings) -> Bool {
        settings.analysis == analysis && settings.splitsPassages == splitsPassages
            && settings.fields.map { CodePoints($0) } == declaredFields.map { CodePoints($0) }
            && isLexicalOnly == (settings.colbert == nil && settings.tildev2 == nil)
            && (settings.colbert == nil
                || settings.codec == codec && (dimension == nil || settings.dimension == dimension))
    }
}
