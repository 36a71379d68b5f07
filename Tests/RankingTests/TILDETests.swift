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
        ("9999", "tildev2.expansion.pieces", "outside the"),
        ("twice", "tildev2.expansion.pieces", "names a piece"),
    ])
    func aHeadThatDoesNotFitIsRefused(_ what: String, tensor: String, words: String) throws {
        try RankingFixtures.withCopy(of: RankingFixtures.path("tilde-expansion")) { folder in
            let file = folder.appendingPathComponent("heads.safetensors")
            var bytes = try Data(contentsOf: file)
            let pieces = try SafetensorsFile(path: file.path).withBytes(of: "tildev2.expansion.pieces") { Data($0) }
            let place = try #require(bytes.range(of: pieces)).lowerBound
            switch what {
            case "9999": bytes.replaceSubrange(place..<place + 4, with: [0x0F, 0x27, 0, 0])
            case "twice": bytes.replaceSubrange(place..<place + 4, with: pieces[4..<8])
            default:
                let name = try #require(bytes.range(of: Data(what.utf8)))
                bytes.replaceSubrange(name, with: Data(what.replacing("bias", with: "BIAS").utf8))
            }
            try bytes.write(to: file)
            let message = #expect(throws: CheckpointError.self) { try RankingModel(folder: folder.path) }
            let text = message?.description ?? ""
            #expect(text.contains(tensor) && text.contains(words), "\(text)")
        }
    }

    @Test func aScoreCountsRepetitionsAndSkipsWhatIsAbsent() {
        let terms = [TILDE.Term(piece: 3, weight: 0.5), TILDE.Term(piece: 9, weight: 2)]
        #expect(TILDE.score(query: [9, 9, 3, 7], terms: terms) == 4.5)
        #expect(TILDE.score(query: [], terms: terms) == 0)
        #expect(TILDE.score(query: [1, 2], terms: []) == 0)
    }
}
