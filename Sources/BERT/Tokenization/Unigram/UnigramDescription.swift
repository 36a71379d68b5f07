/// What a `tokenizer.json` says about a unigram tokenizer.
struct UnigramDescription {
    static let form =
        "Unigram as SentencePiece's (pre-tokenizer Metaspace with \"▁\" and its splitting, alone or after"
        + " WhitespaceSplit)"

    let vocabulary: Vocabulary
    let pairSeparators: Int
    var addedPieces: [AddedPiece]
    let normalizations: [TextNormalization]
    let splitter: MetaspaceSplitter
    let scores: UnigramScores

    init(_ json: JSONText, file: String) throws {
        let fields = TokenizerFields(file: file, forms: [Self.form])
        let model = try fields.model(json, type: "Unigram")
        guard let list = model["vocab"]?.array else {
            throw fields.failure("model.vocab is not a list of pieces and scores")
        }
        var listed: [(piece: String, id: Int?)] = []
        var values: [Double] = []
        for (id, entry) in list.enumerated() {
            guard let pair = entry.array, pair.count == 2, let piece = pair[0].string,
                case .number(let score) = pair[1],
                score.isFinite
            else { throw fields.failure("piece \(id) of model.vocab is not a string with a number") }
            listed.append((piece, id))
            values.append(score)
        }
        guard let unk = model["unk_id"]?.integer, values.indices.contains(unk) else {
            throw fields.failure("model.unk_id is not the id of one of the \(values.count) pieces")
        }
        normalizations = try fields.normalizations(json["normalizer"])
        addedPieces = try fields.addedPieces(json["added_tokens"])
        let vocabulary = try fields.vocabulary(fields.pieces(listed, added: addedPieces))
        self.vocabulary = vocabulary
        pairSeparators = try fields.pairSeparators(json["post_processor"], special: vocabulary.special)
        splitter = try Self.splitter(json["pre_tokenizer"], fields)
        var bytePieces: [Int32]?
        if try fields.bool(model["byte_fallback"], name: "model.byte_fallback") ?? false {
            bytePieces = try (0...255).map { byte in
                let digits = String(byte, radix: 16, uppercase: true)
                let name = "<0x" + (digits.count == 1 ? "0" : "") + digits + ">"
                guard let piece = vocabulary.id(of: name) else {
                    throw fields.failure("the vocabulary has no piece \(name), which model.byte_fallback needs")
                }
                return piece
            }
        }
        scores = UnigramScores(values: values, unk: Int32(unk), bytePieces: bytePieces)
    }

    private static func splitter(_ json: JSONText?, _ fields: TokenizerFields) throws -> MetaspaceSplitter {
        var steps = try fields.preTokenizers(json)[...]
        let splits = steps.count == 2 && steps.first?["type"]?.string == "WhitespaceSplit"
        if splits { steps = steps.dropFirst() }
        guard let step = steps.first, steps.count == 1 else {
            throw fields.failure("pre_tokenizer is not supported; " + fields.supported)
        }
        try fields.require(step["type"], in: ["Metaspace"], name: "pre_tokenizer.type")
        try fields.require(step["replacement"], in: ["▁"], name: "pre_tokenizer.replacement")
        guard try fields.bool(step["split"], name: "pre_tokenizer.split") ?? true else {
            throw fields.failure("pre_tokenizer.split false is not supported; " + fields.supported)
        }
        let name = "pre_tokenizer.prepend_scheme"
        try fields.require(step["prepend_scheme"], in: ["always", "first", "never"], name: name, orAbsent: true)
        // Files of early versions have a switch instead.
        let adds = try fields.bool(step["add_prefix_space"], name: "pre_tokenizer.add_prefix_space") ?? true
        let prefix = step["prepend_scheme"]?.string.flatMap(MetaspaceSplitter.Prefix.init) ?? (adds ? .always : .never)
        return MetaspaceSplitter(splitsAtWhiteSpace: splits, prefix: prefix)
    }
}
