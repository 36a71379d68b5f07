/// What a `tokenizer.json` says about a byte-level byte-pair tokenizer.
struct BytePairDescription {
    static let form =
        "BPE over bytes as GPT-2's (pre-tokenizer ByteLevel with its regular expression, no prefix or suffix of pieces)"

    let vocabulary: Vocabulary
    let pairSeparators: Int
    var addedPieces: [AddedPiece]
    let normalizations: [TextNormalization]
    let merges: BytePairMerges
    /// The piece of each byte.
    let bytePieces: [Int32]
    /// The words, as bytes, that become a single piece: all pieces where the model ignores merges for them, else those
    /// that merging leads to, which are nearly all. Looking a word up is much faster than merging it.
    let wholeWords: PieceTrie
    let addsPrefixSpace: Bool

    init(_ json: JSONText, file: String) throws {
        let fields = TokenizerFields(file: file, forms: [Self.form])
        let model = try fields.model(json, type: "BPE")
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            try fields.require(model[key], in: [""], name: "model.\(key)", orAbsent: true)
        }
        try fields.refuse(model, ["byte_fallback"], of: "model")
        if let dropout = model["dropout"], !dropout.isNull {
            guard case .number(0) = dropout else { throw fields.failure("model.dropout is not supported") }
        }
        let ignoresMerges = try fields.bool(model["ignore_merges"], name: "model.ignore_merges") ?? false
        let splitter = try fields.preTokenizers(json["pre_tokenizer"])
        guard splitter.count == 1 else {
            throw fields.failure("pre_tokenizer is not ByteLevel alone; " + fields.supported)
        }
        try fields.require(splitter[0]["type"], in: ["ByteLevel"], name: "pre_tokenizer.type")
        guard try fields.bool(splitter[0]["use_regex"], name: "pre_tokenizer.use_regex") ?? true else {
            throw fields.failure("pre_tokenizer.use_regex false is not supported; " + fields.supported)
        }
        addsPrefixSpace =
            try fields.bool(splitter[0]["add_prefix_space"], name: "pre_tokenizer.add_prefix_space") ?? true
        normalizations = try fields.normalizations(json["normalizer"])
        addedPieces = try fields.addedPieces(json["added_tokens"])
        let vocabulary = try fields.vocabulary(model, added: addedPieces)
        self.vocabulary = vocabulary
        pairSeparators = try fields.pairSeparators(json["post_processor"], special: vocabulary.special)
        merges = try Self.merges(model["merges"], of: vocabulary, fields)
        bytePieces = try (0...255).map { byte in
            let character = ByteAlphabet.utf8(of: CollectionOfOne(UInt8(byte)))
            guard let piece = vocabulary.trie.id(of: character) else {
                throw fields.failure(
                    "the vocabulary has no piece \"\(String(decoding: character, as: UTF8.self))\" for the byte"
                        + " \(byte); every byte needs one")
            }
            return piece
        }
        var word = BytePairWord(merges: merges, bytePieces: bytePieces)
        var wholeWords = PieceTrie(pieces: vocabulary.count)
        for member in model["vocab"]?.members ?? [] {
            guard let bytes = ByteAlphabet.bytes(of: member.key), let id = vocabulary.id(of: member.key) else {
                continue
            }
            bytes.withUnsafeBufferPointer { word.cut($0[...]) }
            if ignoresMerges || word.pieces == [id] { _ = wholeWords.insert(bytes, id: id) }
        }
        self.wholeWords = wholeWords
    }

    private static func merges(
        _ list: JSONText?, of vocabulary: Vocabulary, _ fields: TokenizerFields
    ) throws -> BytePairMerges {
        guard let list = list?.array else { throw fields.failure("model.merges is not a list") }
        var merges = BytePairMerges(count: list.count)
        for (rank, entry) in list.enumerated() {
            // "a b", or ["a", "b"] in newer files.
            let pair =
                entry.array?.compactMap { $0.string.map { Array($0.utf8) } }
                ?? entry.string.map {
                    $0.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map(Array.init)
                }
            guard let pair, pair.count == 2 else { throw fields.failure("merge \(rank) is not a pair of pieces") }
            let ids = [pair[0], pair[1], pair[0] + pair[1]].map { vocabulary.trie.id(of: $0) }
            guard let left = ids[0], let right = ids[1], let merged = ids[2] else {
                throw fields.failure(
                    "merge \(rank) has a piece that the vocabulary lacks: \""
                        + String(decoding: (pair[0] + [UInt8(ascii: " ")] + pair[1]).prefix(60), as: UTF8.self) + "\"")
            }
            merges.add(left: left, right: right, merged: merged, rank: UInt32(rank))
        }
        return merges
    }
}
