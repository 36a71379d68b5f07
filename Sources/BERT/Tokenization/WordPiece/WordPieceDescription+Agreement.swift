import Foundation

extension WordPieceDescription {
    /// Refuses a `tokenizer_config.json` that states another normalization than `tokenizer.json`: transformers takes the
    /// one or the other by its version, so there is no telling which the model was trained with.
    func requireAgreement(in folder: URL) throws {
        let file = folder.appendingPathComponent("tokenizer_config.json")
        guard FileManager.default.fileExists(atPath: file.path) else { return }
        let json = try JSONTextReader.read(Vocabulary.contents(of: file), file: file.path)
        let fields = TokenizerFields(file: file.path, forms: [Self.form])
        func check(_ key: String, _ used: Bool) throws {
            guard let stated = try fields.bool(json[key], name: key), stated != used else { return }
            throw TokenizationError(
                file: file.path,
                message: "\(key) is \(stated), but tokenizer.json says \(used);"
                    + " make both say what the model was trained with")
        }
        try check("do_lower_case", normalization.lowercases)
        try check("tokenize_chinese_chars", normalization.separatesIdeographs)
        try check("strip_accents", normalization.stripsAccents ?? normalization.lowercases)
    }
}
