import LinearAlgebra
import Ranking
import Testing

@Suite struct FeedbackTests {
    @Test func weightsAreASoftmaxOfTheBestThree() {
        let weights = Feedback.weights([0.9, 0.86, 0.8, 0.7, 0.4])
        // exp of 0, -0.533 and -1.333, for a range of 0.5 and a temperature of 0.15
        let powers = [1, 0.586_646, 0.263_597]
        #expect(weights.count == 3)
        for (weight, power) in zip(weights, powers) {
            #expect(abs(weight - power / 1.850_243) < 1e-6)
        }
    }

    @Test func aClearWinnerSpeaksAlone() {
        #expect(Feedback.weights([10, 2, 1.5, 1]) == [1])
        #expect(Feedback.weights([3]) == [1])
    }

    @Test func equalsSpeakTogether() {
        #expect(Feedback.weights([2, 2]) == [0.5, 0.5])
        #expect(Feedback.weights([2, 2, 2, 2, 2]).map { ($0 * 3).rounded() } == [1, 1, 1])
        #expect(Feedback.weights([]).isEmpty)
    }

    @Test func aPassageIsNearestToItself() throws {
        let one = Matrix(rows: 2, columns: 4, [1, 0, 0, 0, 0, 1, 0, 0])
        let other = Matrix(rows: 3, columns: 4, [0, 0, 1, 0, 0, 0.6, 0, 0.8, 1, 0, 0, 0])
        let query = try #require(Feedback.query([(one, 0.75), (other, 0.25)].map(Feedback.Passage.init)))
        #expect(query.rows == 5 && query.columns == 4)
        // Rows of `one` find 1 and 1 in itself, and 1 and 0.6 in `other`; those of `other` 0, 0.6 and 1, and 1 each.
        #expect(abs(ColBERT.maxSim(query: query, passage: one) - (0.75 + 0.25 * 1.6 / 3)) < 1e-6)
        #expect(abs(ColBERT.maxSim(query: query, passage: other) - (0.75 * 0.8 + 0.25)) < 1e-6)
        #expect(Feedback.query([]) == nil)
        #expect(Feedback.query([Feedback.Passage(vectors: Matrix(rows: 0, columns: 4), weight: 1)]) == nil)
        let passage = Feedback.Passage(vectors: other, weight: 1)
        #expect(abs(passage.similarity(to: one) - 1.6 / 3) < 1e-6 && abs(passage.similarity(to: other) - 1) < 1e-6)
    }

    @Test func longPassagesAskWithEvenlySpacedVectors() {
        let long = Matrix(rows: 48, columns: 1, (0..<48).map(Float.init))
        let asked = Feedback.Passage(vectors: long, weight: 1).vectors
        // Of every three the first two.
        let wanted = (0..<48).filter { $0 % 3 < 2 }.map(Float.init)
        #expect(asked.elements == wanted)
        #expect(Feedback.Passage(vectors: long.copy(rows: 3, count: 5), weight: 1).vectors.elements == [3, 4, 5, 6, 7])
    }
}
