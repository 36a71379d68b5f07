import Foundation

/// What a model folder says about BERT's tokenizer: vocabulary, normalization, added pieces.
struct WordPieceDescription {
    static let form =
        "WordPiece as BERT's (prefix \"##\" and unknown piece [UNK], normalizer BertNormalizer or none, pre-tokenizer"
        + " BertPreTokenizer)"

    let vocabulary: Vocabulary
    let normalization: WordPiece.Normalization
    let maximumWordLength: Int
    var addedPieces: [AddedPiece]

    /// Reads `tokenizer.json` where the folder has one, else `vocab.txt`.
    init(folder: URL) throws {
        let complete = folder.appendingPathComponent("tokenizer.json")
        let lines = folder.appendingPathComponent("vocab.txt")
        if FileManager.default.fileExists(atPath: complete.path) {
            try self.init(
                JSONTextReader.read(Vocabulary.contents(of: complete), file: complete.path), file: complete.path)
        } else if FileManager.default.fileExists(atPath: lines.path) {
            try self.init(vocabularyFile: lines, folder: folder)
        } else {
            throw TokenizationError(
                file: folder.path,
                message: "neither tokenizer.json nor vocab.txt is in this folder; where the tokenizer has other files,"
                    + " load it with transformers and save it again, which writes tokenizer.json")
        }
    }

    /// A `tokenizer.json`.
    init(_ json: JSONText, file: String) throws {
        let fields = TokenizerFields(file: file, forms: [Self.form])
        // Files of early versions have no type.
        let model = try fields.model(json, type: "WordPiece", orAbsent: true)
        try fields.require(model["unk_token"], in: ["[UNK]"], name: "model.unk_token", orAbsent: true)
        try fields.require(
            model["continuing_subword_prefix"], in: [Vocabulary.continuationPrefix],
            name: "model.continuing_subword_prefix", orAbsent: true)
        try fields.require(json["pre_tokenizer"]?["type"], in: ["BertPreTokenizer"], name: "pre_tokenizer.type")
        maximumWordLength = try fields.wordLength(model["max_input_chars_per_word"])
        normalization = try fields.normalization(json["normalizer"])
        addedPieces = try fields.addedPieces(json["added_tokens"])
        vocabulary = try fields.vocabulary(model, added: addedPieces, special: .bert)
        _ = try fields.pairSeparators(json["post_processor"], special: .bert)
    }

    private init(vocabularyFile: URL, folder: URL) throws {
        let file = folder.appendingPathComponent("tokenizer_config.json")
        let fields = TokenizerFields(file: file.path, forms: [Self.form])
        let isConfigured = FileManager.default.fileExists(atPath: file.path)
        let json =
            isConfigured
            ? try JSONTextReader.read(Vocabulary.contents(of: file), file: file.path) : JSONText.object([])
        if let name = json["tokenizer_class"]?.string {
            let isKnown = Self.classes.contains { name == $0 || name == $0 + "Fast" }
            guard isKnown else {
                throw TokenizationError(
                    file: file.path, message: "tokenizer_class \(name) is not supported; supported is " + Self.form)
            }
        }
        if let isBasic = try fields.bool(json["do_basic_tokenize"], name: "do_basic_tokenize"), !isBasic {
            throw TokenizationError(
                file: file.path, message: "do_basic_tokenize false is not supported; supported is " + Self.form)
        }
        normalization = WordPiece.Normalization(
            separatesIdeographs: try fields.bool(json["tokenize_chinese_chars"], name: "tokenize_chinese_chars")
                ?? true,
            lowercases: try fields.bool(json["do_lower_case"], name: "do_lower_case") ?? true,
            stripsAccents: try fields.bool(json["strip_accents"], name: "strip_accents"))
        maximumWordLength = 100

        let further = folder.appendingPathComponent("added_tokens.json")
        guard !FileManager.default.fileExists(atPath: further.path) || json["added_tokens_decoder"] != nil else {
            throw TokenizationError(
                file: further.path,
                message: "added pieces in this older form are not read; load the tokenizer with transformers"
                    + " and save it again, which writes tokenizer.json")
        }
        let listed = try fields.addedPieces(decoder: json["added_tokens_decoder"])
        let lines = try Vocabulary(lines: Vocabulary.contents(of: vocabularyFile), source: vocabularyFile.path)
        let unlisted = Vocabulary.specialPieces.filter { piece in
            !listed.contains { $0.content.utf8.elementsEqual(piece.utf8) }
        }
        addedPieces =
            listed
            + unlisted.compactMap { piece in
                lines.id(of: piece).map { AddedPiece(content: piece, id: $0) }
            }
        let numbered = (0..<Int32(lines.count)).compactMap { id in lines.piece(id).map { ($0, Int(id)) } }
        vocabulary = try Vocabulary(
            pieces: fields.pieces(numbered, added: listed), source: vocabularyFile.path, firstLine: 1)
    }

    /// The classes of transformers whose `vocab.txt` is read by BERT's tokenizer.
    private static let classes = [
        "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer", "SqueezeBertTokenizer",
        "LxmertTokenizer", "ConvBertTokenizer", "RetriBertTokenizer", "DPRContextEncoderTokenizer",
        "DPRQuestionEncoderTokenizer", "DPRReaderTokenizer",
    ]
}

extension WordPiece {
    /// Reads the tokenizer of a model folder: `tokenizer.json`, else `vocab.txt` and `tokenizer_config.json`. Throws
    /// `TokenizationError` for a tokenizer that is not BERT's, naming what is supported, and for malformed files.
    public convenience init(folder: URL, recognizesSpecialPieces: Bool = true) throws {
        self.init(try WordPieceDescription(folder: folder), recognizesSpecialPieces: recognizesSpecialPieces)
    }

    convenience init(_ description: WordPieceDescription, recognizesSpecialPieces: Bool) {
        self.init(
            vocabulary: description.vocabulary, normalization: description.normalization,
            addedPieces: description.addedPieces, maximumWordLength: description.maximumWordLength,
            recognizesSpecialPieces: recognizesSpecialPieces)
    }
}
