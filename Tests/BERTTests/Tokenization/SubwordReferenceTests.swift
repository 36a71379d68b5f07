import BERT
import Foundation
import Testing

/// Byte-pair and unigram tokenizers against what Hugging Face's `tokenizers` makes of the same texts; the fixtures are
/// written by Tests/Reference/subword_golden.py.
struct SubwordReferenceTests {
    struct Case: Decodable {
        let text: String
        let ids: [Int32]
        /// With special pieces left alone, where that differs.
        let plain: [Int32]?
        /// Start and end of each piece in turn, in bytes; -1 for a piece of nothing but white space.
        let ranges: [Int]?
    }

    static let names = ["roberta", "roberta-prefix", "modernbert", "xlm-roberta", "xlm-old", "xlm-bytes"]

    static func folder(_ name: String) -> URL {
        TokenizationFixture.folder.appendingPathComponent("subwords/\(name)")
    }

    func cases(_ name: String) throws -> [Case] {
        let file = Self.folder(name).appendingPathComponent("expected.json")
        return try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
    }

    @Test(arguments: names)
    func piecesAreThoseOfTheReference(_ name: String) throws {
        let tokenizer = try TokenizerFile.tokenizer(folder: Self.folder(name))
        let plain = try TokenizerFile.tokenizer(folder: Self.folder(name), recognizesSpecialPieces: false)
        let cases = try cases(name)
        #expect(cases.count == 110)
        #expect(cases.contains { $0.ranges != nil } == (name != "xlm-bytes"))
        for example in cases {
            #expect(tokenizer.encode(example.text) == example.ids, "\(example.text)")
            if name.hasPrefix("xlm") == false {
                #expect(plain.encode(example.text) == example.plain ?? example.ids, "\(example.text)")
            }
            let (pieces, ranges) = tokenizer.encodeWithOffsets(example.text)
            #expect(pieces == example.ids && ranges.count == pieces.count)
            guard let expected = example.ranges else { continue }
            for (number, range) in ranges.enumerated() where expected[2 * number] >= 0 {
                #expect(range == expected[2 * number]..<expected[2 * number + 1], "\(example.text): piece \(number)")
            }
        }
    }

    @Test(arguments: names)
    func limitsCutWhatIsRead(_ name: String) throws {
        let tokenizer = try TokenizerFile.tokenizer(folder: Self.folder(name))
        for example in try cases(name) {
            for limit in [-1, 0, 1, 2, 7, example.ids.count] {
                let first = Array(example.ids.prefix(max(limit, 0)))
                #expect(tokenizer.encode(example.text, limit: limit) == first)
                #expect(tokenizer.encodeWithOffsets(example.text, limit: limit).ranges.count == first.count)
            }
        }
    }

    /// Ranges begin and end at characters, within the text and in order.
    @Test(arguments: names)
    func rangesAreStretchesOfTheText(_ name: String) throws {
        let tokenizer = try TokenizerFile.tokenizer(folder: Self.folder(name))
        for example in try cases(name) {
            let bytes = Array(example.text.utf8)
            var start = 0
            for range in tokenizer.encodeWithOffsets(example.text).ranges {
                #expect(range.lowerBound >= start && range.upperBound <= bytes.count, "\(example.text)")
                guard range.upperBound <= bytes.count else { continue }
                #expect(String(validating: bytes[range], as: UTF8.self) != nil, "\(example.text)")
                start = range.lowerBound
            }
        }
    }

    /// A word is as long as its text where nothing parts it; merging it must not take time by its square.
    @Test(arguments: names)
    func longWordsAreTaken(_ name: String) throws {
        let tokenizer = try TokenizerFile.tokenizer(folder: Self.folder(name))
        let pieces = tokenizer.encode(String(repeating: "ab", count: 200_000))
        #expect(pieces.count > 1000)
        #expect(Array(pieces.prefix(100)) == tokenizer.encode(String(repeating: "ab", count: 200_000), limit: 100))
        let marks = "a" + String(repeating: "\u{301}\u{323}", count: 50_000)
        #expect(tokenizer.encode(marks).count >= 1)
    }

    /// A text that pretends to be special pieces does not become them where they are left alone.
    @Test(arguments: names)
    func specialPiecesInTextCanBeLeftAlone(_ name: String) throws {
        let plain = try TokenizerFile.tokenizer(folder: Self.folder(name), recognizesSpecialPieces: false)
        let special = plain.vocabulary.special
        let pieces = plain.encode(special.cls + special.sep + " " + special.mask)
        #expect(Set(pieces).isDisjoint(with: [plain.vocabulary.cls, plain.vocabulary.sep, plain.vocabulary.mask]))
        let usual = try TokenizerFile.tokenizer(folder: Self.folder(name)).encode(special.cls + special.sep)
        #expect(usual == [plain.vocabulary.cls, plain.vocabulary.sep])
    }

    @Test func separatorsOfPairsAreTheModels() throws {
        for name in Self.names {
            let tokenizer = try TokenizerFile.tokenizer(folder: Self.folder(name))
            #expect(tokenizer.pairSeparators == (name == "modernbert" ? 1 : 2))
            #expect(tokenizer.vocabulary.special == (name == "modernbert" ? .bert : .roberta))
        }
    }
}
