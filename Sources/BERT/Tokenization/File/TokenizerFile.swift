import Foundation

/// Reads the tokenizer of a model folder, whatever its kind.
///
/// `tokenizer.json` is Hugging Face's complete description; older folders of BERT's form have `vocab.txt` with the
/// switches in `tokenizer_config.json`.
public enum TokenizerFile {
    static let forms = [WordPieceDescription.form, BytePairDescription.form, UnigramDescription.form]

    /// - Parameter recognizesSpecialPieces: whether "[SEP]" in a text becomes the id of `[SEP]`, as in Hugging Face, or
    ///   the pieces of its characters. Turn it off where a text must not be able to steer the model.
    /// - Throws: `TokenizationError` for a tokenizer of another kind, naming what is supported, and for malformed
    ///   files.
    public static func tokenizer(folder: URL, recognizesSpecialPieces: Bool = true) throws -> any Tokenizer {
        let file = folder.appendingPathComponent("tokenizer.json")
        guard FileManager.default.fileExists(atPath: file.path) else {
            return try WordPiece(folder: folder, recognizesSpecialPieces: recognizesSpecialPieces)
        }
        let json = try JSONTextReader.read(Vocabulary.contents(of: file), file: file.path)
        let fields = TokenizerFields(file: file.path, forms: forms)
        switch json["model"]?["type"]?.string {
        case "BPE":
            return BytePairEncoding(
                try BytePairDescription(json, file: file.path), recognizesSpecialPieces: recognizesSpecialPieces)
        case "Unigram":
            return Unigram(
                try UnigramDescription(json, file: file.path), recognizesSpecialPieces: recognizesSpecialPieces)
        default:
            // Files of early versions have no type.
            try fields.require(json["model"]?["type"], in: ["WordPiece"], name: "model.type", orAbsent: true)
            let description = try WordPieceDescription(json, file: file.path)
            try description.requireAgreement(in: folder)
            return WordPiece(description, recognizesSpecialPieces: recognizesSpecialPieces)
        }
    }
}
