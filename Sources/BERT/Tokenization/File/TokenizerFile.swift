import Foundation

/// Reads the tokenizer of a model folder, whatever its kind.
///
/// `tokenizer.json` is Hugging Face's complete description; older folders of BERT's form have `vocab.txt` with the
/// switches in `tokenizer_config.json`.
public enum TokenizerFile {
    static let forms = [WordPieceDescription.form, BytePairDescription.form, UnigramDescription.form]

    /// A tokenizer for texts of users: no text of theirs becomes a piece that steers the model. "[SEP]" is the pieces of
    /// its characters, as in Hugging Face with `split_special_tokens`; other added pieces stay what they are, also those
    /// that their file calls special, since they have no place in a template.
    ///
    /// - Parameter markers: further pieces that steer this model, such as ColBERT's `[Q]` and `[D]`.
    public static func tokenizerOfText(folder: URL, markers: [String]) throws -> any Tokenizer {
        try tokenizer(
            folder: folder, recognizesSpecialPieces: false,
            markers: markers + SpecialPieces.families.flatMap(\.all))
    }

    /// - Parameters:
    ///   - recognizesSpecialPieces: whether "[SEP]" in a text becomes the id of `[SEP]`, as Hugging Face has it where
    ///     nothing is said, or the pieces of its characters.
    ///   - markers: pieces that count as special, and no others, whatever the folder says; what it says where `nil`.
    /// - Throws: `TokenizationError` for a tokenizer of another kind, naming what is supported, and for malformed
    ///   files.
    public static func tokenizer(
        folder: URL, recognizesSpecialPieces: Bool = true, markers: [String]? = nil
    ) throws -> any Tokenizer {
        let file = folder.appendingPathComponent("tokenizer.json")
        guard FileManager.default.fileExists(atPath: file.path) else {
            var description = try WordPieceDescription(folder: folder)
            if let markers { description.addedPieces = description.addedPieces.steering(markers) }
            return WordPiece(description, recognizesSpecialPieces: recognizesSpecialPieces)
        }
        let json = try JSONTextReader.read(Vocabulary.contents(of: file), file: file.path)
        let fields = TokenizerFields(file: file.path, forms: forms)
        switch json["model"]?["type"]?.string {
        case "BPE":
            var description = try BytePairDescription(json, file: file.path)
            if let markers { description.addedPieces = description.addedPieces.steering(markers) }
            return BytePairEncoding(description, recognizesSpecialPieces: recognizesSpecialPieces)
        case "Unigram":
            var description = try UnigramDescription(json, file: file.path)
            if let markers { description.addedPieces = description.addedPieces.steering(markers) }
            return Unigram(description, recognizesSpecialPieces: recognizesSpecialPieces)
        default:
            // Files of early versions have no type.
            try fields.require(json["model"]?["type"], in: ["WordPiece"], name: "model.type", orAbsent: true)
            var description = try WordPieceDescription(json, file: file.path)
            try description.requireAgreement(in: folder)
            if let markers { description.addedPieces = description.addedPieces.steering(markers) }
            return WordPiece(description, recognizesSpecialPieces: recognizesSpecialPieces)
        }
    }
}
