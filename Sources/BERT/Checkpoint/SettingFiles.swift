/// The files beside a checkpoint that state settings, each in its author's format.
package enum SettingFiles {
    /// Reads those that the folder has, in order of precedence.
    ///
    /// - Parameter maxPositions: the longest sequence that the model takes, in pieces.
    /// - Throws: `CheckpointError` that names file and field.
    package static func read(_ folder: ModelFolder, maxPositions: Int) throws -> [StatedSettings] {
        let readers: [(SettingSource, (JSONFields, Int) throws -> [StatedSettings])] = [
            (.passerine, passerine), (.colbertAI, colbertAI), (.pyLate, pyLate), (.tokenizer, tokenizer),
        ]
        return try readers.flatMap { source, read in
            guard folder.has(source.rawValue) else { return [StatedSettings]() }
            return try read(JSONFields(file: folder.file(source.rawValue)), maxPositions)
        }
    }

    /// Refuses a field that names another way to compute than the ones that are supported.
    private static func refuse(_ key: String, of fields: JSONFields, unless supported: [String]) throws {
        guard let value = try fields.string(key), !supported.contains(where: { $0.utf8.elementsEqual(value.utf8) })
        else { return }
        throw fields.error(
            key, "\(CheckpointError.quoted(value)) is not supported",
            remedy: "supported: \(supported.map(CheckpointError.quoted).joined(separator: ", "))")
    }

    /// `passerine.json`, version 1 (see `ModelSettings`).
    private static func passerine(_ fields: JSONFields, maxPositions: Int) throws -> [StatedSettings] {
        let version = try fields.requiredInteger("version", in: 1...Int.max)
        guard version == 1 else {
            throw fields.error(
                "version", "\(version) is newer than the 1 that this program reads", remedy: "update the program")
        }
        try fields.refuseKeys(except: [
            "version", "query_length", "passage_length", "cross_encoder_length", "colbert", "tildev2",
        ])
        var settings = StatedSettings(source: .passerine)
        settings.queryLength = try fields.integer("query_length", in: 4...maxPositions)
        settings.passageLength = try fields.integer("passage_length", in: 4...maxPositions)
        settings.crossEncoderLength = try fields.integer("cross_encoder_length", in: 4...maxPositions)
        if let colbert = try fields.object("colbert") { try passerineColBERT(colbert, into: &settings) }
        if let tildev2 = try fields.object("tildev2") {
            try tildev2.refuseKeys(except: ["stop_words", "skip_non_alphanumeric", "expansion_terms"])
            settings.stopWords = try tildev2.strings("stop_words")
            settings.skipsNonAlphanumeric =
                try tildev2.bool("skip_non_alphanumeric") ?? (settings.stopWords == nil ? nil : false)
            settings.expansionTerms = try tildev2.integer("expansion_terms", in: 0...256)
        }
        return [settings]
    }

    private static func passerineColBERT(_ fields: JSONFields, into settings: inout StatedSettings) throws {
        try fields.refuseKeys(except: [
            "dimension", "usable_dimensions", "query_marker", "passage_marker", "pad_queries_with_mask",
            "attends_to_mask", "skip_in_passages",
        ])
        settings.dimension = try fields.integer("dimension", in: 1...16_384)
        settings.usableDimensions = try fields.integers("usable_dimensions", in: 1...16_384)
        settings.queryMarker = try marker("query_marker", fields)
        settings.passageMarker = try marker("passage_marker", fields)
        settings.padQueriesWithMask = try fields.bool("pad_queries_with_mask")
        settings.attendsToMask = try fields.bool("attends_to_mask")
        guard fields.states("skip_in_passages") else { return }
        switch fields.value("skip_in_passages") {
        case nil: settings.skipInPassages = PassageSkip.none
        case .string("punctuation"): settings.skipInPassages = .punctuation
        case .array: settings.skipInPassages = PassageSkip(pieces: try fields.strings("skip_in_passages") ?? [])
        default:
            throw fields.error("skip_in_passages", "should be \"punctuation\", a list of pieces, or null")
        }
    }

    /// A marker: the outer optional says whether the file states it, the inner one whether there is one.
    private static func marker(_ key: String, _ fields: JSONFields) throws -> String?? {
        guard fields.states(key) else { return .none }
        guard let piece = try fields.string(key) else { return .some(nil) }
        guard (1...100).contains(piece.utf8.count) else {
            throw fields.error(
                key, "a marker is one piece of the vocabulary, of 1 to 100 bytes", remedy: "null is none")
        }
        return .some(piece)
    }

    /// colbert-ai's `artifact.metadata`: the fields of its `ColBERTConfig`, at the top or under `config`
    /// (https://github.com/stanford-futuredata/ColBERT, `infra/config`). It always pads queries by `[MASK]`s.
    private static func colbertAI(_ file: JSONFields, maxPositions: Int) throws -> [StatedSettings] {
        let fields = try file.object("config") ?? file
        try refuse("interaction", of: fields, unless: ["colbert"])
        try refuse("similarity", of: fields, unless: ["cosine"])
        var settings = StatedSettings(source: .colbertAI)
        settings.dimensionKey = "dim"
        settings.queryLength = try fields.integer("query_maxlen", in: 4...maxPositions)
        settings.passageLength = try fields.integer("doc_maxlen", in: 4...maxPositions)
        settings.dimension = try fields.integer("dim", in: 1...16_384)
        if fields.value("query_token_id") != nil { settings.queryMarker = try marker("query_token_id", fields) }
        if fields.value("doc_token_id") != nil { settings.passageMarker = try marker("doc_token_id", fields) }
        settings.padQueriesWithMask = true
        settings.attendsToMask = try fields.bool("attend_to_mask_tokens")
        settings.skipInPassages = try fields.bool("mask_punctuation").map { $0 ? .punctuation : .none }
        return [settings]
    }

    /// PyLate's additions to sentence-transformers' file (https://github.com/lightonai/pylate, `models/colbert.py`);
    /// nothing where the file has none of them, as with a plain sentence-transformers model.
    private static func pyLate(_ fields: JSONFields, maxPositions: Int) throws -> [StatedSettings] {
        let own = [
            "query_prefix", "document_prefix", "query_length", "document_length", "attend_to_expansion_tokens",
            "skiplist_words", "do_query_expansion",
        ]
        guard own.contains(where: { fields.value($0) != nil }) else { return [] }
        try refuse("similarity_fn_name", of: fields, unless: ["MaxSim"])
        try refuseDefaultPrompt(fields)
        var settings = StatedSettings(source: .pyLate)
        settings.queryLength = try fields.integer("query_length", in: 4...maxPositions)
        settings.passageLength = try fields.integer("document_length", in: 4...maxPositions)
        settings.queryMarker = try prefix("query_prefix", fields)
        settings.passageMarker = try prefix("document_prefix", fields)
        settings.padQueriesWithMask = try fields.bool("do_query_expansion")
        settings.attendsToMask = try fields.bool("attend_to_expansion_tokens")
        settings.skipInPassages = try fields.strings("skiplist_words").map(PassageSkip.init(pieces:))
        var defaults = StatedSettings(source: .pyLateDefault)
        defaults.queryMarker = .some("[Q] ")
        defaults.passageMarker = .some("[D] ")
        defaults.queryLength = min(32, maxPositions)
        defaults.passageLength = min(180, maxPositions)
        defaults.padQueriesWithMask = true
        defaults.attendsToMask = false
        defaults.skipInPassages = .punctuation
        return [settings, defaults]
    }

    /// PyLate's marker, of which an empty one is none.
    private static func prefix(_ key: String, _ fields: JSONFields) throws -> String?? {
        try fields.string(key).map { $0.isEmpty ? nil : $0 }
    }

    /// Refuses a prompt that sentence-transformers would put before every text.
    private static func refuseDefaultPrompt(_ fields: JSONFields) throws {
        guard let name = try fields.string("default_prompt_name"),
            let prompt = try fields.object("prompts")?.string(name), !prompt.isEmpty
        else { return }
        throw fields.error(
            "default_prompt_name", "the prompt \(CheckpointError.quoted(prompt)) before every text is not supported",
            remedy: "state null and write it into the texts")
    }

    /// The tokenizer's limit, which sentence-transformers takes for a cross-encoder's pairs. Many files state a huge
    /// number for "none".
    private static func tokenizer(_ fields: JSONFields, maxPositions: Int) throws -> [StatedSettings] {
        var settings = StatedSettings(source: .tokenizer)
        if case .integer(let length)? = fields.value("model_max_length"), (4...maxPositions).contains(length) {
            settings.crossEncoderLength = length
        }
        return [settings]
    }
}
