import BERT
import Ranking
import Testing

/// The model that ships, against the reference.
@Suite struct PasserineSmallTests {
    @Test func bothHeadsScoreAsTheReferenceDoes() throws {
        let model = try RankingModel(folder: RankingFixtures.passerineSmall)
        let expected = try RankingFixtures.decode(RankingFixtures.OnePass.self, "passerine-small.json")
        #expect(model.colbert?.usableDimensions == [32, 64, 96, 128])
        #expect(model.colbert?.queryLength == 64 && model.colbert?.passageLength == 180)
        #expect(model.crossEncoder == nil)
        #expect(expected.colbert.scores.count == 4)
        try ColBERTTests.check(expected.colbert, model)
        try TILDETests.check(expected.tilde, model)
    }
}
