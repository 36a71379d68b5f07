import JSON

/// The parts of a `tokenizer.json` that several kinds of tokenizers share.
extension TokenizerFields {
    /// The object `model`, which must be of this type.
    func model(_ json: JSONText, type: String, orAbsent: Bool = false) throws -> JSONText {
        guard let model = json["model"], model.members != nil else {
            throw failure("it has no \"model\"; " + supported)
        }
        try require(model["type"], in: [type], name: "model.type", orAbsent: orAbsent)
        return model
    }

    /// Refuses switches that are on.
    func refuse(_ object: JSONText, _ switches: [String], of name: String) throws {
        for key in switches where try bool(object[key], name: "\(name).\(key)") ?? false {
            throw failure("\(name).\(key) is not supported; " + supported)
        }
    }

    /// The pre-tokenizers in turn: one, or those of a `Sequence`.
    func preTokenizers(_ json: JSONText?) throws -> [JSONText] {
        try steps(json, list: "pretokenizers", name: "pre_tokenizer")
    }

    /// The steps of a normalizer; none where there is none.
    func normalizations(_ json: JSONText?) throws -> [TextNormalization] {
        try steps(json, list: "normalizers", name: "normalizer").map { step in
            switch step["type"]?.string {
            case "NFC": return .composed
            case "Precompiled":
                guard let map = step["precompiled_charsmap"]?.string.flatMap(CharacterMap.init(base64:)) else {
                    throw failure("normalizer.precompiled_charsmap is not a SentencePiece character table")
                }
                return .characterMap(map)
            case "Strip":
                return .stripped(
                    left: try bool(step["strip_left"], name: "normalizer.strip_left") ?? true,
                    right: try bool(step["strip_right"], name: "normalizer.strip_right") ?? true)
            case "Replace":
                guard let content = step["content"]?.string else { throw failure("normalizer.content is not a string") }
                if let pattern = step["pattern"]?["String"]?.string, !pattern.isEmpty {
                    return .replaced(Array(pattern.utf8), by: Array(content.utf8))
                }
                guard step["pattern"]?["Regex"]?.string == " {2,}" else {
                    throw failure("normalizer.pattern is neither a string nor the expression \" {2,}\"")
                }
                return .spacesReplaced(by: Array(content.utf8))
            default:
                let type = step["type"]?.string ?? ""
                throw failure(
                    "normalizer.type \"\(type.prefix(60))\" is not supported; supported are NFC, Precompiled, Strip,"
                        + " Replace and Sequence")
            }
        }
    }

    private func steps(_ json: JSONText?, list: String, name: String) throws -> [JSONText] {
        guard let json, !json.isNull else { return [] }
        guard json["type"]?.string == "Sequence" else { return [json] }
        guard let steps = json[list]?.array else { throw failure("\(name).\(list) is not a list") }
        return steps
    }

    /// The vocabulary of an object of pieces and ids.
    func vocabulary(_ model: JSONText, added: [AddedPiece], special: SpecialPieces? = nil) throws -> Vocabulary {
        guard let members = model["vocab"]?.members else {
            throw failure("model.vocab is not an object of pieces and ids")
        }
        return try vocabulary(
            pieces(members.map { ($0.key, $0.value.integer) }, added: added), special: special)
    }

    /// - Parameter special: the names of the special pieces; nil for BERT's or RoBERTa's, whichever there are.
    func vocabulary(_ pieces: [String], special: SpecialPieces? = nil) throws -> Vocabulary {
        let known = Set(
            pieces.lazy.filter { $0.begins(with: "[") || $0.begins(with: "<") }.map { CodePoints($0) })
        let special = special ?? SpecialPieces.families.first { $0.all.allSatisfy { known.contains(CodePoints($0)) } }
        guard let special else {
            let families = SpecialPieces.families.map { $0.all.joined(separator: " ") }.joined(separator: " or ")
            throw failure(
                "the vocabulary lacks special pieces (\(pieces.count) pieces read); it should have \(families)")
        }
        return try Vocabulary(pieces: pieces, source: file, firstLine: nil, special: special)
    }

    /// How many separators a post-processor sets between the texts of a pair; what it sets around them must be what
    /// this program sets.
    func pairSeparators(_ json: JSONText?, special: SpecialPieces) throws -> Int {
        let name = "post_processor"
        // `ByteLevel` only trims offsets.
        let steps = try steps(json, list: "processors", name: name).filter { $0["type"]?.string != "ByteLevel" }
        guard let step = steps.first else {
            guard json?.isNull ?? true else { throw failure("\(name) sets no special pieces, which is not supported") }
            return special == .roberta ? 2 : 1
        }
        try require(
            step["type"], in: ["BertProcessing", "RobertaProcessing", "TemplateProcessing"], name: name + ".type",
            saying: "supported are BertProcessing, RobertaProcessing, TemplateProcessing, and ByteLevel beside one")
        guard steps.count == 1 else { throw failure("\(name) sets special pieces more than once") }
        let (frame, separators): ([String], Int) =
            switch step["type"]?.string {
            case "BertProcessing":
                ([step["cls"]?.array?.first?.string ?? "", step["sep"]?.array?.first?.string ?? ""], 1)
            case "RobertaProcessing":
                ([step["cls"]?.array?.first?.string ?? "", step["sep"]?.array?.first?.string ?? ""], 2)
            default: try template(step, special)
            }
        guard frame == [special.cls, special.sep] else {
            throw failure("\(name) sets other special pieces than \(special.cls) and \(special.sep)")
        }
        return separators
    }

    /// Checks that a template is `cls A sep` and `cls A sep B sep` or `cls A sep sep B sep`.
    private func template(_ step: JSONText, _ special: SpecialPieces) throws -> ([String], Int) {
        func parts(_ key: String) -> [String] {
            (step[key]?.array ?? []).map { part in
                part["SpecialToken"]?["id"]?.string ?? part["Sequence"]?["id"]?.string.map { "$" + $0 } ?? ""
            }
        }
        let frame = [special.cls, special.sep]
        let pair = parts("pair")
        guard parts("single") == [frame[0], "$A", frame[1]],
            let separators = [1, 2].first(where: { count in
                pair == [frame[0], "$A"] + Array(repeating: frame[1], count: count) + ["$B", frame[1]]
            })
        else {
            throw failure(
                "post_processor does not frame texts as \(frame[0]) A \(frame[1]) and \(frame[0]) A \(frame[1]) B"
                    + " \(frame[1]), with one or two \(frame[1]) between, which is all that is supported")
        }
        return (frame, separators)
    }
}
