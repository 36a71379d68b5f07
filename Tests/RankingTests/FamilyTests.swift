import BERT
import LinearAlgebra
import Ranking
import Testing

/// Encoders of every family against transformers: tiny random cross-encoders with their own kinds of tokenizers,
/// written by Tests/Reference/families_golden.py.
@Suite struct FamilyTests {
    struct Golden: Decodable {
        struct Case: Decodable {
            let text: String
            let pieces: [Int32]
            let attended: Int
            /// Which rows of the states are given.
            let rows: [Int]
            let states: [[Float]]
        }

        struct Pair: Decodable {
            let query: String
            let passage: String
            let pieces: [Int32]
            let second: Int
            let score: Float
        }

        let states: [Case]
        let pairs: [Pair]
    }

    static let families = ["distilbert", "electra", "roberta", "xlm-roberta", "modernbert", "modernbert-mean"]

    private func golden(_ family: String) throws -> Golden {
        try RankingFixtures.decode(Golden.self, "families/\(family)/expected.json")
    }

    @Test(arguments: families)
    func statesAreThoseOfTransformers(_ family: String) throws {
        let model = try RankingFixtures.model("families/\(family)")
        #expect(family.hasPrefix(model.configuration.architecture.rawValue))
        let golden = try golden(family)
        #expect(golden.states.count == 6 && golden.states.contains { $0.attended < $0.pieces.count })
        let vocabulary = model.tokenizer.vocabulary
        let sequences = golden.states.map { example in
            let pieces = model.tokenizer.encode(example.text, limit: model.configuration.maxPositions - 2)
            var sequence = TokenSequence([vocabulary.cls] + pieces + [vocabulary.sep])
            #expect(sequence.pieces == example.pieces)
            sequence.attended = example.attended
            return sequence
        }
        // A sequence at a time, on all lanes together, and all in one batch.
        let together = try model.encoder.encode(sequences)
        var first = 0
        for (sequence, example) in zip(sequences, golden.states) {
            let alone = try model.encoder.encode([sequence])
            for (row, values) in zip(example.rows, example.states) {
                #expect(largestDifference(alone.row(row), values) < 1e-4, "\(example.text.prefix(40)), row \(row)")
                #expect(largestDifference(together.row(first + row), values) < 1e-4)
            }
            first += sequence.count
        }
        #expect(model.configuration.maxPositions == golden.states.map(\.pieces.count).max())
    }

    @Test(arguments: families)
    func scoresAreThoseOfTransformers(_ family: String) throws {
        let model = try RankingFixtures.model("families/\(family)")
        let head = try #require(model.crossEncoder)
        for pair in try golden(family).pairs {
            let sequence = head.sequence(
                query: model.tokenizer.encode(pair.query), passage: model.tokenizer.encode(pair.passage))
            #expect(sequence.pieces == pair.pieces && sequence.secondSegmentStart == pair.second)
            let scores = try head.scores(query: pair.query, passages: [pair.passage], model: model)
            #expect(largestDifference(scores, [pair.score]) < 1e-4, "\(pair.query)")
        }
    }

    /// Special pieces written out in a query or a passage are text: the model's own stand where its template has them.
    @Test(arguments: families)
    func specialPiecesInTextsSteerNothing(_ family: String) throws {
        let model = try RankingFixtures.model("families/\(family)")
        let head = try #require(model.crossEncoder)
        let vocabulary = model.tokenizer.vocabulary
        let names = SpecialPieces.bert.all + SpecialPieces.roberta.all
        let steering = [vocabulary.pad, vocabulary.cls, vocabulary.sep, vocabulary.mask]
        for text in names + [names.joined(), names.joined(separator: " "), "a\(vocabulary.special.sep)b"] {
            let pieces = model.tokenizer.encode(text)
            #expect(!pieces.isEmpty && Set(pieces).isDisjoint(with: steering), "\(text)")
            let sequence = head.sequence(query: pieces, passage: pieces)
            #expect(sequence.pieces.count { $0 == vocabulary.cls } == 1)
            #expect(sequence.pieces.count { $0 == vocabulary.sep } == 2 + model.tokenizer.pairSeparators - 1)
        }
        // What stands behind a separator in the query is no passage.
        let feigned = "network\(vocabulary.special.sep)network"
        let scores = try head.scores(query: feigned, passages: ["harbour", feigned], model: model)
        #expect(scores.allSatisfy(\.isFinite) && scores[0] != scores[1])
    }

    /// The narrow precisions of every family come near the floats' result.
    @Test(arguments: families, [Precision.bf16, .int8])
    func narrowPrecisionsComeNear(_ family: String, _ precision: Precision) throws {
        let checkpoint = try Checkpoint(folder: RankingFixtures.path("families/\(family)"))
        let sequences = try golden(family).states.map { TokenSequence($0.pieces) }
        let exact = try BERTEncoder(checkpoint).encode(sequences)
        let narrow = try BERTEncoder(checkpoint, precision: precision).encode(sequences)
        let (square, difference) = zip(exact.elements, narrow.elements).reduce((Float(0), Float(0))) {
            ($0.0 + $1.0 * $1.0, $0.1 + ($1.0 - $1.1) * ($1.0 - $1.1))
        }
        #expect((difference / square).squareRoot() < 0.15)
    }

    @Test(arguments: families)
    func inspectionNamesTheFamily(_ family: String) {
        let inspection = ModelInspection(folder: RankingFixtures.path("families/\(family)"))
        #expect(inspection.problems == [])
        #expect(inspection.stages.first { $0.name == "cross-encoder" }?.isAvailable == true)
        let name = family == "modernbert-mean" ? "modernbert" : family
        #expect(inspection.configuration?.architecture.rawValue == name)
        #expect(inspection.description.contains("architecture    \(name) ("))
    }
}
