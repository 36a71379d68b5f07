import Evaluation
import Testing

struct CrossValidationTests {
    let queries = (1...23).map { "q\($0)" }

    @Test func foldsCoverEveryQueryOnce() {
        let folds = CrossValidation.folds(of: queries, count: 5, seed: 4)
        #expect(folds.count == 5)
        #expect(folds.flatMap(\.test).sorted() == queries.sorted())
        for fold in folds {
            #expect((4...5).contains(fold.test.count))
            #expect(Set(fold.test).isDisjoint(with: fold.training))
            #expect(fold.test.count + fold.training.count == queries.count)
        }
    }

    @Test func foldsAreFixedByTheirSeed() {
        #expect(CrossValidation.folds(of: queries, seed: 1) == CrossValidation.folds(of: queries, seed: 1))
        #expect(CrossValidation.folds(of: queries, seed: 1) != CrossValidation.folds(of: queries, seed: 2))
        #expect(CrossValidation.folds(of: ["a", "b"], count: 10).count == 2)
        #expect(CrossValidation.folds(of: []).isEmpty)
    }

    @Test func aCandidateIsMeasuredOnQueriesItWasNotChosenOn() throws {
        let names = ["a", "b", "c", "d"]
        let folds = [
            CrossValidation.Fold(training: ["a", "b"], test: ["c", "d"]),
            CrossValidation.Fold(training: ["c", "d"], test: ["a", "b"]),
        ]
        // Candidate 0 is best on a and b, candidate 1 on c and d.
        let values = [[0.9, 0.9, 0.1, 0.2], [0.2, 0.1, 0.8, 0.8]]
        let selection = try #require(CrossValidation.select(values: values, queries: names, folds: folds))
        #expect(selection.choices.map(\.candidate) == [0, 1])
        #expect(abs(selection.heldOutMean - 0.15) < 1e-12)
        #expect(selection.best == 0)
        #expect(abs(selection.bestMean - 0.525) < 1e-12)
    }

    @Test func nothingToChooseFromIsNil() {
        let folds = CrossValidation.folds(of: queries)
        #expect(CrossValidation.select(values: [], queries: queries, folds: folds) == nil)
        #expect(CrossValidation.select(values: [[1]], queries: queries, folds: folds) == nil)
    }
}
