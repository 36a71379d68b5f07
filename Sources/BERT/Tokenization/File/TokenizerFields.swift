/// Reads the fields of a `tokenizer.json` or `tokenizer_config.json`; errors name file and field.
struct TokenizerFields {
    let file: String
    /// The kinds of tokenizers that are supported here, for messages.
    let forms: [String]

    var supported: String { "supported is " + forms.joined(separator: ", or ") }

    func failure(_ message: String) -> TokenizationError {
        TokenizationError(file: file, message: message)
    }

    /// A switch; nil where it is absent or null.
    func bool(_ value: JSONText?, name: String) throws -> Bool? {
        guard let value, !value.isNull else { return nil }
        guard let bool = value.bool else { throw failure("\(name) is neither true nor false") }
        return bool
    }

    func require(
        _ value: JSONText?, in allowed: [String], name: String, orAbsent: Bool = false, saying: String? = nil
    ) throws {
        guard let value, !value.isNull else {
            if orAbsent { return }
            throw failure("\(name) is missing; " + (saying ?? supported))
        }
        guard let string = value.string else { throw failure("\(name) is not a string") }
        guard allowed.contains(string) else {
            throw failure("\(name) \"\(string)\" is not supported; " + (saying ?? supported))
        }
    }

    func wordLength(_ value: JSONText?) throws -> Int {
        guard let value else { return 100 }
        guard let length = value.integer, (1...WordPiece.longestWordLength).contains(length) else {
            throw failure("model.max_input_chars_per_word is not a whole number of 1 to \(WordPiece.longestWordLength)")
        }
        return length
    }

    func normalization(_ normalizer: JSONText?) throws -> WordPiece.Normalization {
        guard let normalizer, !normalizer.isNull else {
            return WordPiece.Normalization(
                cleansText: false, separatesIdeographs: false, lowercases: false, stripsAccents: false)
        }
        try require(normalizer["type"], in: ["BertNormalizer"], name: "normalizer.type")
        return WordPiece.Normalization(
            cleansText: try bool(normalizer["clean_text"], name: "normalizer.clean_text") ?? true,
            separatesIdeographs: try bool(
                normalizer["handle_chinese_chars"], name: "normalizer.handle_chinese_chars") ?? true,
            lowercases: try bool(normalizer["lowercase"], name: "normalizer.lowercase") ?? true,
            stripsAccents: try bool(normalizer["strip_accents"], name: "normalizer.strip_accents"))
    }

    /// The list `added_tokens` of a `tokenizer.json`.
    func addedPieces(_ list: JSONText?) throws -> [AddedPiece] {
        guard let list, !list.isNull else { return [] }
        guard let values = list.array else { throw failure("added_tokens is not a list") }
        return try values.enumerated().map {
            try addedPiece($0.element, id: $0.element["id"]?.integer, place: $0.offset)
        }
    }

    /// The object `added_tokens_decoder` of a `tokenizer_config.json`, keyed by id.
    func addedPieces(decoder: JSONText?) throws -> [AddedPiece] {
        guard let decoder, !decoder.isNull else { return [] }
        guard let members = decoder.members else { throw failure("added_tokens_decoder is not an object") }
        return try members.enumerated().map {
            try addedPiece($0.element.value, id: Int($0.element.key), place: $0.offset)
        }
    }

    private func addedPiece(_ value: JSONText, id: Int?, place: Int) throws -> AddedPiece {
        guard let content = value["content"]?.string, let id, let id = Int32(exactly: id), id >= 0 else {
            throw failure("added token \(place) lacks a content or an id")
        }
        if try bool(value["single_word"], name: "single_word of added token \(content)") ?? false {
            throw failure("added token \(content) is single_word, which is not supported")
        }
        let isSpecial = try bool(value["special"], name: "special of added token \(content)") ?? false
        let isNormalized = try bool(value["normalized"], name: "normalized of added token \(content)") ?? !isSpecial
        return AddedPiece(
            content: content, id: id, isSpecial: isSpecial, isNormalized: isNormalized,
            takesSpaceBefore: try bool(value["lstrip"], name: "lstrip of added token \(content)") ?? false,
            takesSpaceAfter: try bool(value["rstrip"], name: "rstrip of added token \(content)") ?? false)
    }

    /// The pieces in order of their ids, from a vocabulary and the added pieces beyond it.
    func pieces(_ listed: [(piece: String, id: Int?)], added: [AddedPiece]) throws -> [String] {
        let count = listed.count + added.count
        var pieces = [String?](repeating: nil, count: count)
        func place(_ piece: String, _ id: Int?) throws {
            guard let id, id >= 0 else {
                throw failure("the id of piece \"\(piece.prefix(60))\" is not a whole number")
            }
            guard id < count else {
                throw failure(
                    "piece \"\(piece.prefix(60))\" has id \(id), but there are only \(count) pieces: ids have a gap")
            }
            if let former = pieces[id], !former.utf8.elementsEqual(piece.utf8) {
                throw failure("id \(id) is given to both \"\(former.prefix(60))\" and \"\(piece.prefix(60))\"")
            }
            pieces[id] = piece
        }
        for (piece, id) in listed { try place(piece, id) }
        for piece in added { try place(piece.content, Int(piece.id)) }
        let last = pieces.lastIndex { $0 != nil } ?? -1
        return try pieces[...last].enumerated().map { id, piece in
            guard let piece else { throw failure("no piece has id \(id); ids have a gap") }
            return piece
        }
    }
}
