import BERT
import Foundation
import LinearAlgebra
import Ranking
import Testing

/// Same input, same output, to the bit, whatever else is in the batch and wherever in it the text stands.
@Suite struct BatchIndependenceTests {
    private static let others = [
        "a long river of the city", "same", "draw a graph of the network, with a router", "the heart is a blood cell",
        "what", "a book about the moon and the river of the city and the heart",
    ]
    /// Sizes around those that products take together, and places in them.
    private static let batches = [
        (1, 0), (2, 1), (3, 0), (5, 4), (8, 3), (13, 12), (14, 0), (15, 14), (17, 8), (33, 20),
    ]

    /// The text at its place among others.
    private static func batch(_ text: String, _ size: Int, _ place: Int) -> [String] {
        (0..<size).map { $0 == place ? text : others[$0 % others.count] }
    }

    @Test(arguments: ["cross-1", "cross-2", "families/modernbert", "families/roberta"])
    func crossEncodersScores(_ name: String) throws {
        let model = try RankingFixtures.model(name)
        let head = try #require(model.crossEncoder)
        for text in ["the river", "a network of cells and books"] {
            let alone = try head.scores(query: "river", passages: [text], model: model)[0]
            for (size, place) in Self.batches {
                let scores = try head.scores(query: "river", passages: Self.batch(text, size, place), model: model)
                #expect(scores[place].bitPattern == alone.bitPattern, "\(place) of \(size)")
            }
            let equal = try head.scores(query: "river", passages: Array(repeating: text, count: 21), model: model)
            #expect(equal.allSatisfy { $0.bitPattern == alone.bitPattern })
        }
    }

    /// Vectors and weights of passages as an index stores them, in floats and in codes.
    @Test(arguments: [Precision.fp32, .int8])
    func vectorsAndWeightsOfPassages(precision: Precision) throws {
        let model = try RankingModel(folder: RankingFixtures.path("one-pass"), precision: precision)
        let encoder = try PassageEncoder(models: ModelSet(colbert: model, tilde: model))
        func data(_ texts: [String]) throws -> [PassageEncoder.TokenData] {
            try encoder.encode(texts.map { encoder.windows(of: $0, splits: false).windows[0] })
        }
        let text = "a network of cells and books"
        let alone = try data([text])[0]
        #expect(alone.vectors.rows > 0 && !alone.terms.isEmpty)
        for (size, place) in Self.batches {
            let found = try data(Self.batch(text, size, place))[place]
            #expect(found.vectors.elements == alone.vectors.elements, "\(place) of \(size)")
            #expect(found.terms == alone.terms, "\(place) of \(size)")
        }
    }

    /// A row of a projection does not depend on how many rows are projected, nor its first columns on how many are kept.
    @Test func rowsOfAProjection() throws {
        let model = try RankingFixtures.model("one-pass")
        let head = try #require(model.colbert)
        let states = try model.encoder.encode([
            TokenSequence(model.tokenizer.encode(Self.others.joined(separator: " "), limit: 20))
        ])
        for row in 0..<states.rows {
            let alone = head.vectors(states: states, first: row, positions: [0]).elements
            for count in 1...states.rows where row < count {
                let all = head.vectors(states: states, first: 0, positions: Array(0..<count))
                #expect(Array(all.row(row)) == alone)
            }
        }
    }
}
