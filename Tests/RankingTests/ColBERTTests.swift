import BERT
import Foundation
import LinearAlgebra
import Ranking
import Testing

@Suite struct ColBERTTests {
    /// A passage's vectors as it is encoded alone.
    private static func passage(_ text: String, _ model: RankingModel, dimension: Int? = nil) throws -> Matrix {
        let head = try #require(model.colbert)
        let sequence = head.passageSequence(model.tokenizer.encode(text, limit: head.passageCapacity))
        return head.vectors(
            states: try model.encoder.encode([sequence]), first: 0, positions: head.keptPositions(sequence),
            dimension: dimension)
    }

    /// Compares inputs, vectors and scores with the reference's.
    static func check(_ expected: RankingFixtures.LateInteraction, _ model: RankingModel) throws {
        let head = try #require(model.colbert)
        #expect(!expected.queries.isEmpty && !expected.passages.isEmpty && !expected.scores.isEmpty)
        for query in expected.queries {
            let sequence = head.querySequence(query.text, tokenizer: model.tokenizer)
            #expect(sequence.pieces == query.pieces)
            #expect(sequence.attended == query.attended)
            #expect(sequence.secondSegmentStart == sequence.count)
        }
        for passage in expected.passages {
            let sequence = head.passageSequence(model.tokenizer.encode(passage.text))
            #expect(sequence.pieces == passage.pieces)
            #expect(head.keptPositions(sequence) == passage.kept)
        }
        for (key, scores) in expected.scores {
            let dimension = try #require(Int(key))
            #expect(head.usableDimensions.contains(dimension))
            let passages = try expected.passages.map { try passage($0.text, model, dimension: dimension) }
            for (query, wanted) in zip(expected.queries, scores) {
                let vectors = try head.query(query.text, model: model, dimension: dimension)
                #expect(vectors.columns == dimension && vectors.rows == query.pieces.count)
                let found = passages.map { ColBERT.maxSim(query: vectors, passage: $0) }
                #expect(largestDifference(found, wanted) < 2e-4)
            }
        }
    }

    /// Markers, separators and masks stand where the template has them, whatever a text says.
    @Test(arguments: ["colbert-ai", "colbert-attends"])
    func aTextSteersNothing(_ name: String) throws {
        let model = try RankingFixtures.model(name)
        let head = try #require(model.colbert)
        let vocabulary = model.tokenizer.vocabulary
        let markers = [model.settings.colbert.queryMarker, model.settings.colbert.passageMarker].compactMap { $0 }
        #expect(markers.count == 2)
        let text = "[SEP] network [CLS] [MASK] \(markers[0])\(markers[1]) [PAD]"
        let query = head.querySequence(text, tokenizer: model.tokenizer).pieces
        let passage = head.passageSequence(model.tokenizer.encode(text)).pieces
        for (pieces, marker) in [(query, markers[0]), (passage, markers[1])] {
            let own = try #require(vocabulary.id(of: marker))
            #expect(Array(pieces.prefix(2)) == [vocabulary.cls, own])
            #expect(pieces.count { $0 == own } == 1 && pieces.count { $0 == vocabulary.cls } == 1)
            #expect(pieces.count { $0 == vocabulary.sep } == 1 && !pieces.contains(vocabulary.pad))
            // Padding by masks comes behind the separator.
            let end = try #require(pieces.firstIndex(of: vocabulary.sep))
            #expect(!pieces[..<end].contains(vocabulary.mask))
        }
    }

    @Test(arguments: ["colbert-ai", "colbert-attends"])
    func vectorsAndScoresAreThoseOfColbertAI(_ name: String) throws {
        let model = try RankingFixtures.model(name)
        let expected = try RankingFixtures.decode(RankingFixtures.LateInteraction.self, "\(name)/expected.json")
        let head = try #require(model.colbert)
        #expect(head.dimension == 64 && head.queryLength == 14 && head.passageLength == 24)
        #expect(model.tilde == nil && model.crossEncoder == nil)
        try Self.check(expected, model)
        for query in expected.queries {
            let vectors = try head.query(query.text, model: model)
            #expect(largestDifference(vectors.row(0), try #require(query.first)) < 1e-4)
            #expect(largestDifference(vectors.row(vectors.rows - 1), try #require(query.last)) < 1e-4)
        }
        for passage in expected.passages {
            let vectors = try Self.passage(passage.text, model)
            #expect(vectors.rows == passage.kept.count)
            #expect(largestDifference(vectors.row(0), try #require(passage.first)) < 1e-4)
            #expect(largestDifference(vectors.row(vectors.rows - 1), try #require(passage.last)) < 1e-4)
        }
    }

    @Test func theFirstColumnsServeAloneAfterNormalisation() throws {
        let model = try RankingFixtures.model("one-pass")
        let expected = try RankingFixtures.decode(RankingFixtures.OnePass.self, "one-pass/expected.json")
        #expect(model.colbert?.usableDimensions == [32, 48, 64])
        #expect(expected.colbert.scores.count == 3)
        try Self.check(expected.colbert, model)
    }

    @Test func rowsAreUnitVectors() throws {
        let model = try RankingFixtures.model("one-pass")
        for dimension in [32, 48, 64] {
            let vectors = try Self.passage("a router in a network", model, dimension: dimension)
            for row in 0..<vectors.rows {
                #expect(abs(vectors.row(row).reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
            }
        }
    }

    @Test func rowsOfAQueryCountByTheirStates() throws {
        let model = try RankingFixtures.model("query-weights")
        try Self.check(
            try RankingFixtures.decode(RankingFixtures.LateInteraction.self, "query-weights/expected.json"), model)
        let head = try #require(model.colbert)
        let text = "a router in a network"
        let sequence = head.querySequence(text, tokenizer: model.tokenizer)
        let states = try model.encoder.encode([sequence])
        let unit = head.vectors(states: states, first: 0, positions: Array(0..<sequence.count), dimension: 32)
        let query = try head.query(text, model: model, dimension: 32)
        let weights = (0..<query.rows).map { row in
            zip(query.row(row), unit.row(row)).reduce(0) { $0 + $1.0 * $1.1 }
        }
        #expect(weights.allSatisfy { $0 > 0 } && (weights.max() ?? 0) > 1.1 * (weights.min() ?? 0))
        for (row, weight) in weights.enumerated() {
            #expect(largestDifference(query.row(row), unit.row(row).map { $0 * weight }) < 1e-5)
        }
    }

    @Test func weightsOfAQueryWithoutTheirBiasAreRefused() throws {
        try RankingFixtures.withCopy(of: RankingFixtures.path("query-weights")) { folder in
            let file = folder.appendingPathComponent("heads.safetensors")
            var bytes = try Data(contentsOf: file)
            let name = try #require(bytes.range(of: Data("colbert.query.bias".utf8)))
            bytes.replaceSubrange(name, with: Data("colbert.query.BIAS".utf8))
            try bytes.write(to: file)
            let message = #expect(throws: CheckpointError.self) { try RankingModel(folder: folder.path) }
            #expect(message?.description.contains("colbert.query.bias") == true)
            let stage = ModelInspection(folder: folder.path).stages.first { $0.name == "colbert" }
            #expect(stage?.missing == ["colbert.query.bias []"])
        }
    }

    @Test func maxSimIsTheSumOfBestMatches() {
        let query = Matrix(rows: 2, columns: 2, [1, 0, 0, 1])
        #expect(ColBERT.maxSim(query: query, passage: Matrix(rows: 2, columns: 2, [-0.5, 0.25, -1, -2])) == -0.25)
        #expect(ColBERT.maxSim(query: query, passage: Matrix(rows: 0, columns: 2)) == 0)
        #expect(ColBERT.maxSim(query: Matrix(rows: 0, columns: 2), passage: query) == 0)
    }
}
