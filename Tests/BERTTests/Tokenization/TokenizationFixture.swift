import BERT
import Foundation

/// What the reference library makes of a list of texts; written by Tests/Reference/tokenization_golden.py.
struct TokenizationFixture: Decodable {
    struct Switches: Decodable {
        let cleansText: Bool
        let separatesIdeographs: Bool
        let stripsAccents: Bool?
        let lowercases: Bool

        enum CodingKeys: String, CodingKey {
            case cleansText = "clean_text"
            case separatesIdeographs = "handle_chinese_chars"
            case stripsAccents = "strip_accents"
            case lowercases = "lowercase"
        }
    }

    struct Case: Decodable {
        let text: String
        /// By configuration.
        let ids: [String: [Int32]]
        /// By configuration: start and end in bytes, in turn.
        let offsets: [String: [Int]]
    }

    let vocabulary: [String]
    let configurations: [String: Switches]
    let cases: [Case]

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures")
    static let packageRoot = folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    init(contentsOf file: URL) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
    }

    init(named name: String) throws {
        try self.init(contentsOf: Self.folder.appendingPathComponent(name))
    }

    /// The tokenizer of each configuration.
    func tokenizers() throws -> [String: WordPiece] {
        // The two markers of one configuration follow the others' pieces.
        let marked = vocabulary + ["[Q] ", "TOKEN"]
        let markedName = "marker in normalized text"
        return try Dictionary(
            uniqueKeysWithValues: configurations.map { name, switches in
                let vocabulary = try Vocabulary(pieces: name == markedName ? marked : vocabulary)
                var added = Vocabulary.specialPieces.compactMap { piece in
                    vocabulary.id(of: piece).map { AddedPiece(content: piece, id: $0) }
                }
                if name == markedName {
                    for piece in marked.suffix(2) {
                        guard let id = vocabulary.id(of: piece) else { continue }
                        added.append(AddedPiece(content: piece, id: id, isSpecial: false, isNormalized: true))
                    }
                }
                let normalization = WordPiece.Normalization(
                    cleansText: switches.cleansText, separatesIdeographs: switches.separatesIdeographs,
                    lowercases: switches.lowercases, stripsAccents: switches.stripsAccents)
                let tokenizer = WordPiece(
                    vocabulary: vocabulary, normalization: normalization, addedPieces: added,
                    recognizesSpecialPieces: name != "uncased, text only")
                return (name, tokenizer)
            })
    }
}
