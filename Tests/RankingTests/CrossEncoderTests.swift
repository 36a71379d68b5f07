import BERT
import LinearAlgebra
import Ranking
import Testing

@Suite struct CrossEncoderTests {
    struct Pair: Decodable {
        let query: String
        let passage: String
        let pieces: [Int32]
        let second: Int
        let score: Float
    }

    @Test(arguments: [1, 2])
    func scoresAreThoseOfTransformers(labels: Int) throws {
        let model = try RankingFixtures.model("cross-\(labels)")
        let pairs = try RankingFixtures.decode([Pair].self, "cross-\(labels)/expected.json")
        let head = try #require(model.crossEncoder)
        #expect(head.labels == labels && head.length == 18)
        #expect(pairs.count == 36)
        for pair in pairs {
            let sequence = head.sequence(
                query: model.tokenizer.encode(pair.query), passage: model.tokenizer.encode(pair.passage))
            #expect(sequence.pieces == pair.pieces)
            #expect(sequence.secondSegmentStart == pair.second)
            #expect(sequence.attended == sequence.count)
        }
        for start in stride(from: 0, to: pairs.count, by: 6) {
            let group = pairs[start..<start + 6]
            let scores = try head.scores(query: pairs[start].query, passages: group.map(\.passage), model: model)
            #expect(largestDifference(scores, group.map(\.score)) < 1e-4)
        }
        #expect(try head.scores(query: "a", passages: [], model: model).isEmpty)
    }

    @Test func passagesAreAskedForSomeAtATime() throws {
        let model = try RankingFixtures.model("cross-1")
        let head = try #require(model.crossEncoder)
        let texts = (0..<100).map { "passage \($0)" }
        var most = 0
        var given: [Int] = []
        let scores = try head.scores(query: "passage", count: texts.count, model: model) { part in
            most = max(most, part.count)
            given += part
            return texts[part]
        }
        #expect(given == Array(0..<100) && most < 100)
        let together = try head.scores(query: "passage", passages: texts, model: model)
        #expect(largestDifference(scores, together) < 1e-5)
        #expect(throws: Cancellation.Cancelled.self) {
            try head.scores(query: "a", count: 100, model: model, cancellation: Cancellation { true }) { texts[$0] }
        }
    }

    @Test func thePassageIsCutBeforeTheQuery() throws {
        let model = try RankingFixtures.model("cross-1")
        let head = try #require(model.crossEncoder)
        let (long, short) = ([Int32](repeating: 50, count: 40), [Int32](repeating: 60, count: 10))
        let cut = head.sequence(query: short, passage: long)
        #expect(cut.count == 18 && cut.pieces.filter { $0 == 60 }.count == 10 && cut.secondSegmentStart == 12)
        let full = head.sequence(query: long, passage: short)
        #expect(full.count == 18 && full.pieces.filter { $0 == 60 }.isEmpty && full.secondSegmentStart == 17)
    }
}
