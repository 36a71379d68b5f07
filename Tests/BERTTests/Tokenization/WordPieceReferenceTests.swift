import BERT
import Foundation
import Testing

/// `WordPiece` gives what Hugging Face's `tokenizers` gives.
struct WordPieceReferenceTests {
    @Test(arguments: ["tokenization.json", "tokenization_fuzz.json"])
    func idsAndOffsetsAreThoseOfTheReference(name: String) throws {
        let fixture = try TokenizationFixture(named: name)
        let tokenizers = try fixture.tokenizers()
        #expect(fixture.cases.count >= 90 && tokenizers.count == 8)
        var offsets = 0
        for (configuration, tokenizer) in tokenizers {
            for example in fixture.cases {
                let ids = try #require(example.ids[configuration])
                #expect(tokenizer.encode(example.text) == ids, "\(configuration): \(example.text.debugDescription)")
                let (pieces, ranges) = tokenizer.encodeWithOffsets(example.text)
                #expect(pieces == ids)
                guard let wanted = example.offsets[configuration] else { continue }
                offsets += 1
                let flat = ranges.flatMap { [$0.lowerBound, $0.upperBound] }
                #expect(flat == wanted, "\(configuration): \(example.text.debugDescription)")
            }
        }
        #expect(offsets >= 3 * fixture.cases.count)
    }

    @Test func aLimitGivesTheFirstPieces() throws {
        let fixture = try TokenizationFixture(named: "tokenization.json")
        for (configuration, tokenizer) in try fixture.tokenizers() {
            for example in fixture.cases {
                let ids = try #require(example.ids[configuration])
                for limit in [-1, 0, 1, 2, 3, 7, ids.count, ids.count + 1] {
                    let first = Array(ids.prefix(max(limit, 0)))
                    #expect(tokenizer.encode(example.text, limit: limit) == first)
                    let (pieces, ranges) = tokenizer.encodeWithOffsets(example.text, limit: limit)
                    #expect(pieces == first && ranges.count == first.count)
                }
            }
        }
    }
}
