import BERT
import Foundation
import Testing

struct WordPieceTests {
    static let shipped = TokenizationFixture.packageRoot.appendingPathComponent("models/passerine-small/encoder")
    static let isShipped = FileManager.default.fileExists(atPath: shipped.appendingPathComponent("vocab.txt").path)

    static let shared = TokenizationFixture.packageRoot.deletingLastPathComponent()
        .appendingPathComponent("shared/models/splade-tiny-msmarco")
    static let isShared = FileManager.default.fileExists(atPath: shared.appendingPathComponent("tokenizer.json").path)

    static let pieces = Vocabulary.specialPieces + ["draw", "##ing", "##s", "a", "##b", "é", "."]

    func tokenizer(_ normalization: WordPiece.Normalization = .uncased, recognizes: Bool = true) throws -> WordPiece {
        WordPiece(
            vocabulary: try Vocabulary(pieces: Self.pieces), normalization: normalization,
            recognizesSpecialPieces: recognizes)
    }

    @Test func cutsWordsGreedily() throws {
        let tokenizer = try tokenizer()
        #expect(tokenizer.encode("Drawings. draw") == [5, 6, 7, 11, 5])
        #expect(tokenizer.encode("drawx draw") == [1, 5], "a word that cannot be cut to its end is unknown as a whole")
        #expect(tokenizer.encode("") == [])
    }

    @Test func rangesAreBytesOfTheText() throws {
        let text = "  Drawings é\u{200D}[MASK]xyz."
        let (pieces, ranges) = try tokenizer(.cased).encodeWithOffsets(text)
        #expect(pieces == [1, 10, 4, 1, 11])
        let bytes = Array(text.utf8)
        #expect(ranges.map { String(decoding: bytes[$0], as: UTF8.self) } == ["Drawings", "é", "[MASK]", "xyz", "."])
    }

    @Test func specialPiecesInTextCanBeLeftAlone() throws {
        #expect(try tokenizer().encode("a[SEP]a") == [8, 3, 8])
        #expect(try tokenizer(recognizes: false).encode("a[SEP]a") == [8, 1, 1, 1, 8])
    }

    @Test func bytesAreAppended() throws {
        var ids: [Int32] = [42]
        Array("draw a".utf8).withUnsafeBufferPointer { text in
            for limit in [Int.max, 1] { try? tokenizer().encode(utf8: text, limit: limit, into: &ids) }
        }
        #expect(ids == [42, 5, 8, 5])
    }

    /// Every byte string is taken, well-formed or not; an ill-formed byte is U+FFFD, which cleaning removes.
    @Test func illFormedBytesAreHarmless() throws {
        let tokenizer = try tokenizer()
        let wrong: [[UInt8]] = [
            [0xFF], [0xC3], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF0, 0x9F, 0x98], [0xE6, 0x9D], [0x80, 0xBF], [0xF8, 0x88, 0x80, 0x80, 0x80],
        ]
        for bytes in wrong {
            var ids: [Int32] = []
            (Array("draw".utf8) + bytes + Array("ing".utf8)).withUnsafeBufferPointer {
                tokenizer.encode(utf8: $0, into: &ids)
            }
            #expect(ids == [5, 6], "\(bytes)")
        }
        var state: UInt32 = 12
        for _ in 0..<2000 {
            let bytes = (0..<20).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return UInt8(truncatingIfNeeded: state >> 24)
            }
            var ids: [Int32] = []
            bytes.withUnsafeBufferPointer { tokenizer.encode(utf8: $0, into: &ids) }
            #expect(ids == tokenizer.encode(String(decoding: bytes, as: UTF8.self)), "\(bytes)")
        }
    }

    @Test func longRunsAreOneUnknownWord() throws {
        let tokenizer = try tokenizer()
        for run in [String(repeating: "a", count: 1_000_000), "a" + String(repeating: "\u{1D165}", count: 200_000)] {
            let (pieces, ranges) = tokenizer.encodeWithOffsets(run + " a")
            #expect(pieces == [1, 8])
            #expect(ranges == [0..<run.utf8.count, run.utf8.count + 1..<run.utf8.count + 2])
        }
    }

    @Test func theLongestWordCanBeSet() throws {
        let vocabulary = try Vocabulary(pieces: Self.pieces)
        let tokenizer = WordPiece(vocabulary: vocabulary, maximumWordLength: 3)
        #expect(tokenizer.encode("abb abbb") == [8, 9, 9, 1])
    }

    @Test(.enabled(if: isShipped, "the shipped model is not in this checkout"))
    func theShippedModelIsBERTs() throws {
        let tokenizer = try WordPiece(folder: Self.shipped)
        #expect(tokenizer.vocabulary.count == 30_522)
        #expect(tokenizer.normalization == .uncased)
        let lines = try Vocabulary(file: Self.shipped.appendingPathComponent("vocab.txt"))
        #expect(lines.count == 30_522)
        #expect((0..<30_522).allSatisfy { lines.piece($0) == tokenizer.vocabulary.piece($0) })
        #expect(
            tokenizer.encode("Hello, WORLD! Unaffable café.") == [
                7592, 1010, 2088, 999, 14477, 20961, 3468, 7668, 1012,
            ])
    }

    @Test(.enabled(if: isShared && isShipped, "the shared models are not beside this checkout"))
    func anotherFolderOfTheSameVocabularyGivesTheSame() throws {
        let tokenizer = try WordPiece(folder: Self.shared)
        let shipped = try WordPiece(folder: Self.shipped)
        #expect(tokenizer.vocabulary.count == 30_522)
        for example in try TokenizationFixture(named: "tokenization.json").cases {
            #expect(tokenizer.encode(example.text) == shipped.encode(example.text))
        }
    }
}
