import BERT
import LinearAlgebra
import Ranking
import Testing

@Suite struct TILDETests {
    private static func terms(_ text: String, _ model: RankingModel) throws -> [TILDE.Term] {
        let head = try #require(model.tilde)
        let sequence = head.passageSequence(model.tokenizer.encode(text))
        return head.terms(sequence, states: try model.encoder.encode([sequence]), first: 0)
    }

    /// Compares the pieces of queries, weights and scores with the reference's.
    static func check(_ expected: RankingFixtures.ExactMatch, _ model: RankingModel) throws {
        let head = try #require(model.tilde)
        var passages: [[TILDE.Term]] = []
        for passage in expected.passages {
            let found = try terms(passage.text, model)
            #expect(found.map(\.piece) == passage.terms.map { Int32($0[0]) })
            #expect(largestDifference(found.map(\.weight), passage.terms.map { $0[1] }) < 1e-4)
            passages.append(found)
        }
        #expect(expected.passages.contains { !$0.terms.isEmpty })
        for (query, wanted) in zip(expected.queries, expected.scores) {
            let pieces = head.queryPieces(query.text, tokenizer: model.tokenizer)
            #expect(pieces == query.pieces)
            #expect(largestDifference(passages.map { TILDE.score(query: pieces, terms: $0) }, wanted) < 2e-4)
        }
        #expect(expected.scores.contains { $0.contains { $0 > 0 } })
    }

    @Test func weightsAndScoresAreThoseOfTheAuthors() throws {
        let model = try RankingFixtures.model("tilde")
        let expected = try RankingFixtures.decode(RankingFixtures.ExactMatch.self, "tilde/expected.json")
        let head = try #require(model.tilde)
        #expect(model.colbert == nil && model.crossEncoder == nil)
        try Self.check(expected, model)
        let stops = (0..<Int32(model.tokenizer.vocabulary.count)).filter { head.isStop($0) }
        // The markers that ColBERT would use are no terms either; the authors' rule drops them for their brackets.
        #expect(stops == expected.stops)
        #expect(head.isStop(-1) && head.isStop(.max) && head.isStop(Int32(model.tokenizer.vocabulary.count)))
    }

    @Test func statedStopWordsReplaceTheAuthors() throws {
        let model = try RankingFixtures.model("one-pass")
        let expected = try RankingFixtures.decode(RankingFixtures.OnePass.self, "one-pass/expected.json")
        try Self.check(expected.tilde, model)
        let head = try #require(model.tilde)
        let vocabulary = model.tokenizer.vocabulary
        #expect(head.isStop(try #require(vocabulary.id(of: "the"))))
        #expect(!head.isStop(try #require(vocabulary.id(of: "on"))))
        #expect(!head.isStop(try #require(vocabulary.id(of: ","))))
    }

    @Test func aScoreCountsRepetitionsAndSkipsWhatIsAbsent() {
        let terms = [TILDE.Term(piece: 3, weight: 0.5), TILDE.Term(piece: 9, weight: 2)]
        #expect(TILDE.score(query: [9, 9, 3, 7], terms: terms) == 4.5)
        #expect(TILDE.score(query: [], terms: terms) == 0)
        #expect(TILDE.score(query: [1, 2], terms: []) == 0)
    }
}
