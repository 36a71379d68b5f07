import Search
import Testing

@Suite struct CombinationTests {
    @Test func interpolationScalesBothSides() {
        let scores = Combination.interpolate(weight: 0.25).scores(stage: [10, 20, 30], before: [3, 2, 1])
        #expect(scores == [0.75, 0.5, 0.25])
        #expect(Combination.interpolate(weight: 0.5).scores(stage: [1, 1], before: [2, 1]) == [0.5, 0])
    }

    @Test func reciprocalRanksAdd() {
        let scores = Combination.reciprocalRank.scores(stage: [1, 3, 2], before: [9, 8, 7])
        let expected: [Double] = [1.0 / 61 + 1.0 / 63, 1.0 / 62 + 1.0 / 61, 1.0 / 63 + 1.0 / 62]
        #expect(scores == expected)
    }

    @Test func replacementKeepsTheStage() {
        #expect(Combination.replace.scores(stage: [1, 2], before: [5, 6]) == [1, 2])
        #expect(Combination.replace.scores(stage: [], before: []) == [])
    }
}
