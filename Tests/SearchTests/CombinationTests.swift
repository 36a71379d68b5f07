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

    /// Scores from elsewhere: what is no number comes last, and the others keep their order.
    @Test func ranksAreATotalOrder() {
        let stage = (0..<60).map { $0 % 7 == 0 ? Double.nan : Double($0) }
        let scores = Combination.reciprocalRank.scores(stage: stage, before: stage.map { _ in 0 })
        let byStage = stage.indices.sorted { scores[$0] - 1 / Double(61 + $0) > scores[$1] - 1 / Double(61 + $1) }
        #expect(byStage.prefix(51).map { stage[$0] } == stage.filter { !$0.isNaN }.sorted(by: >))
    }

    @Test func differencesTooLargeForANumberAreScaled() {
        let huge = Double.greatestFiniteMagnitude
        let scores = Combination.interpolate(weight: 1).scores(stage: [huge, 0, -huge], before: [3, 2, 1])
        #expect(scores == [1, 0.5, 0])
        let endless = Combination.interpolate(weight: 0).scores(stage: [3, 2, 1], before: [.infinity, 0, -.infinity])
        #expect(endless == [1, 0.5, 0])
    }

    @Test func replacementKeepsTheStage() {
        #expect(Combination.replace.scores(stage: [1, 2], before: [5, 6]) == [1, 2])
        #expect(Combination.replace.scores(stage: [], before: []) == [])
    }
}
