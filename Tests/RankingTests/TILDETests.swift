import BERT
import Foundation
import LinearAlgebra
import Ranking
import Testing

@Suite struct TILDETests {
    private static func terms(_ text: String, _ model: RankingModel) throws -> [TILDE.Term] {
        let head = try #require(model.tilde)
        let sequence = head.passageSequence(model.tokenizer.encode(text))
        return try #require(head.terms([sequence], states: model.encoder.encode([sequence]), firsts: [0]).first)
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
            #expect(head.queryPieces(query.text, tokenizer: model.tokenizer) == query.pieces)
            let asked = head.queryTerms(query.text, tokenizer: model.tokenizer)
            #expect(asked.map(\.piece) == query.asked.map { Int32($0[0]) })
            #expect(largestDifference(asked.map(\.weight), query.asked.map { $0[1] }) < 1e-5)
            #expect(largestDifference(passages.map { TILDE.score(query: asked, terms: $0) }, wanted) < 2e-4)
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

    @Test func aHiddenLayerAndAnExpansionAreThoseOfTheReference() throws {
        let model = try RankingFixtures.model("tilde-expansion")
        let expected = try RankingFixtures.decode(RankingFixtures.ExactMatch.self, "tilde-expansion/expected.json")
        try Self.check(expected, model)
        // Some passage is expanded, by as many pieces as the settings say.
        let own = expected.passages.map { Set(model.tokenizer.encode($0.text)) }
        let added = zip(expected.passages, own).map { passage, own in
            passage.terms.count { !own.contains(Int32($0[0])) }
        }
        #expect(added.max() == 4)
    }

    @Test func aTableOfWhatQueriesAskForIsThatOfTheReference() throws {
        let model = try RankingFixtures.model("tilde-query")
        let expected = try RankingFixtures.decode(RankingFixtures.ExactMatch.self, "tilde-query/expected.json")
        try Self.check(expected, model)
        // A query asks for pieces that it has not, and not for all that it has.
        #expect(expected.queries.contains { query in query.asked.contains { !query.pieces.contains(Int32($0[0])) } })
        #expect(
            expected.queries.contains { query in
                query.pieces.contains { !query.asked.map { Int32($0[0]) }.contains($0) }
            })
    }

    @Test(arguments: ["tilde", "tilde-expansion", "tilde-query"]) func aHeadThatLoadsIsInspectedAsOneThatServes(
        _ name: String
    ) {
        let inspection = ModelInspection(folder: RankingFixtures.path(name))
        #expect(inspection.stages.first { $0.name == "tildev2" }?.isAvailable == true, "\(inspection)")
    }

    @Test func passagesAreExpandedAlikeTogetherAndAlone() throws {
        let model = try RankingFixtures.model("tilde-expansion")
        let head = try #require(model.tilde)
        let texts = ["a router", "", "the late interaction model ranks a song, a book and a piano", "draw the graph"]
        let sequences = texts.map { head.passageSequence(model.tokenizer.encode($0)) }
        let firsts = sequences.indices.map { sequences[..<$0].reduce(0) { $0 + $1.count } }
        let together = head.terms(sequences, states: try model.encoder.encode(sequences), firsts: firsts)
        for (text, terms) in zip(texts, together) {
            let alone = try Self.terms(text, model)
            #expect(terms.map(\.piece) == alone.map(\.piece))
            #expect(largestDifference(terms.map(\.weight), alone.map(\.weight)) < 1e-5)
        }
    }

    /// Bytes of heads.safetensors that are replaced, and what is said then.
    @Test(arguments: [
        ("tildev2.hidden.bias", "tildev2.hidden.bias", "is missing"),
        ("tildev2.query.offsets", "tildev2.query.offsets", "is missing"),
        ("9999", "tildev2.expansion.pieces", "outside the"),
        ("twice", "tildev2.expansion.pieces", "names a piece"),
        ("9999", "tildev2.query.pieces", "outside the"),
        ("9999", "tildev2.query.offsets", "outside the"),
        ("1", "tildev2.query.offsets", "should ascend"),
        ("infinite", "tildev2.query.weights", "should be finite"),
    ])
    func aHeadThatDoesNotFitIsRefused(_ what: String, tensor: String, words: String) throws {
        try RankingFixtures.withCopy(of: RankingFixtures.path("tilde-query")) { folder in
            let file = folder.appendingPathComponent("heads.safetensors")
            var bytes = try Data(contentsOf: file)
            let values = try SafetensorsFile(path: file.path).withBytes(of: tensor) { Data($0) }
            let place = try #require(bytes.range(of: values)).lowerBound
            switch what {
            case "9999": bytes.replaceSubrange(place..<place + 4, with: [0x0F, 0x27, 0, 0])
            case "1": bytes.replaceSubrange(place..<place + 4, with: [1, 0, 0, 0])
            case "infinite": bytes.replaceSubrange(place..<place + 2, with: [0, 0x7C])
            case "twice": bytes.replaceSubrange(place..<place + 4, with: values[4..<8])
            default:
                let name = try #require(bytes.range(of: Data(what.utf8)))
                bytes.replaceSubrange(name, with: Data(what.uppercased().utf8))
            }
            try bytes.write(to: file)
            let message = #expect(throws: CheckpointError.self) { try RankingModel(folder: folder.path) }
            let text = message?.description ?? ""
            #expect(text.contains(tensor) && text.contains(words), "\(text)")
        }
    }

    @Test func aScoreCountsRepetitionsAndSkipsWhatIsAbsent() {
        func made(_ terms: KeyValuePairs<Int32, Float>) -> [TILDE.Term] {
            terms.map { TILDE.Term(piece: $0, weight: $1) }
        }
        let terms = made([3: 0.5, 9: 2])
        #expect(TILDE.score(query: made([3: 1, 7: 1, 9: 2]), terms: terms) == 4.5)
        #expect(TILDE.score(query: made([1: 9, 9: 0.5, 12: 1]), terms: terms) == 1)
        #expect(TILDE.score(query: [], terms: terms) == 0)
        #expect(TILDE.score(query: made([1: 1, 2: 1]), terms: []) == 0)
    }
}
