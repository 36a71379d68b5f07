import BERT
import Foundation
import Testing

struct VocabularyTests {
    static let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

    /// The message for a vocabulary of these pieces, nil where it is accepted.
    func refusal(_ pieces: [String]) -> String? {
        do {
            _ = try Vocabulary(pieces: pieces)
            return nil
        } catch {
            return "\(error)"
        }
    }

    func withFile(_ name: String, _ bytes: [UInt8], _ body: (URL) throws -> Void) throws {
        try withModelFolder([name: bytes]) { try body($0.appendingPathComponent(name)) }
    }

    @Test func findsPiecesByIdAndIdsByPiece() throws {
        let pieces = Self.special + ["draw", "##ing", "##", "é", "e\u{301}", "\u{91D1}", "\u{F90A}"]
        let vocabulary = try Vocabulary(pieces: pieces)
        #expect(vocabulary.count == pieces.count)
        for (id, piece) in pieces.enumerated() {
            #expect(vocabulary.id(of: piece) == Int32(id))
            // Swift's own equality takes canonically equivalent strings for the same.
            #expect(vocabulary.piece(Int32(id)).map { Array($0.utf8) } == Array(piece.utf8))
        }
        for absent in ["", "dra", "draws", "ing", "##in", "#", "[pad]"] { #expect(vocabulary.id(of: absent) == nil) }
        for outside in [-1, Int32(pieces.count), .max, .min] { #expect(vocabulary.piece(outside) == nil) }
        #expect(
            [vocabulary.pad, vocabulary.unk, vocabulary.cls, vocabulary.sep, vocabulary.mask] == [0, 1, 2, 3, 4])
    }

    @Test func refusesWhatIsNotAVocabulary() {
        #expect(refusal(Self.special) == nil)
        #expect(refusal([])?.contains("[PAD] is missing") == true)
        for missing in Self.special {
            #expect(refusal(Self.special.filter { $0 != missing })?.contains("\(missing) is missing") == true)
        }
        #expect(refusal(Self.special + ["a", "b", "a"])?.contains("piece 7, \"a\", is already piece 5") == true)
        #expect(refusal(Self.special + ["a", ""])?.contains("piece 6 is empty") == true)
        #expect(refusal(Self.special + [String(repeating: "a", count: 1000)]) == nil)
        #expect(refusal(Self.special + [String(repeating: "a", count: 1001)])?.contains("1001 bytes") == true)
    }

    @Test(arguments: ["\n", "\r\n"], [true, false])
    func readsOnePieceALine(lineEnd: String, endsLastLine: Bool) throws {
        let text = (Self.special + ["a", "##b"]).joined(separator: lineEnd) + (endsLastLine ? lineEnd : "")
        try withFile("vocab.txt", Array(text.utf8)) { file in
            let vocabulary = try Vocabulary(file: file)
            #expect(vocabulary.count == 7)
            #expect(vocabulary.id(of: "##b") == 6)
            #expect(vocabulary.source == file.path)
        }
    }

    @Test func errorsNameFileAndLine() throws {
        let head = Self.special.joined(separator: "\n") + "\n"
        let bad: [(bytes: [UInt8], line: Int?, message: String)] = [
            (Array((head + "a\nb\na\n").utf8), 8, "already piece 5 (line 6)"),
            (Array((head + "a\n\nb\n").utf8), 7, "piece 6 is empty"),
            (Array((head + "a\n\n").utf8), 7, "piece 6 is empty"),
            (Array(head.utf8) + [0x61, 0x0A, 0xC3, 0x28, 0x0A], 7, "not valid UTF-8"),
            (Array("[PAD]\n[UNK]\n".utf8), nil, "[CLS] is missing (2 pieces read)"),
            ([], nil, "[PAD] is missing (0 pieces read)"),
        ]
        for (bytes, line, message) in bad {
            try withFile("vocab.txt", bytes) { file in
                let error = #expect(throws: TokenizationError.self) { try Vocabulary(file: file) }
                #expect(error?.file == file.path)
                #expect(error?.line == line)
                #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
                #expect(error?.description.hasPrefix(line.map { "\(file.path):\($0): " } ?? "\(file.path): ") == true)
            }
        }
        let absent = URL(fileURLWithPath: "/nonexistent/vocab.txt")
        let error = #expect(throws: TokenizationError.self) { try Vocabulary(file: absent) }
        #expect(error?.description.contains("/nonexistent/vocab.txt") == true)
    }

    @Test func mustFitTheEmbedding() throws {
        let vocabulary = try Vocabulary(pieces: Self.special)
        try vocabulary.requireFit(rows: 5, tensor: "embeddings.word_embeddings.weight")
        try vocabulary.requireFit(rows: 8, tensor: "embeddings.word_embeddings.weight")
        let error = #expect(throws: TokenizationError.self) {
            try vocabulary.requireFit(rows: 4, tensor: "embeddings.word_embeddings.weight")
        }
        #expect(error?.message.contains("embeddings.word_embeddings.weight") == true)
    }
}
