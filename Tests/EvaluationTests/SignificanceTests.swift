import Evaluation
import Foundation
import Testing

/// Figures against scipy and numpy, stored by Tests/Reference/evaluation_fixtures.py.
struct SignificanceTests {
    struct Reference: Decodable {
        struct Case: Decodable {
            let first: [Double]
            let second: [Double]
            let t: Double
            let p: Double
            let differenceLow: Double
            let differenceHigh: Double
            let randomisationP: Double
            let bootstrapLow: Double
            let bootstrapHigh: Double
        }
        let cases: [Case]
        let incompleteBeta: [[Double]]
        let studentQuantiles: [[Double]]
        let sample: [Double]
        let percentiles: [String: Double]
    }

    let reference: Reference

    init() throws {
        reference = try Fixtures.json("significance.json", as: Reference.self, keys: .convertFromSnakeCase)
    }

    @Test func theIncompleteBetaFunctionEqualsScipy() {
        #expect(reference.incompleteBeta.count == 90)
        for row in reference.incompleteBeta {
            let value = StudentDistribution.incompleteBeta(row[0], row[1], row[2])
            #expect(abs(value - row[3]) <= 1e-10 * max(row[3], 1e-200), "I_\(row[2])(\(row[0]), \(row[1])) = \(value)")
        }
    }

    @Test func studentQuantilesEqualScipy() {
        for row in reference.studentQuantiles {
            let value = StudentDistribution(degreesOfFreedom: row[1]).quantile(row[0])
            #expect(abs(value - row[2]) < 1e-8 * row[2])
        }
        #expect(StudentDistribution(degreesOfFreedom: 5).quantile(0.025) < -2.57)
    }

    @Test func thePairedTTestEqualsScipy() {
        #expect(reference.cases.count == 5)
        for item in reference.cases {
            let test = PairedTTest(first: item.first, second: item.second)
            #expect(abs(test.statistic - item.t) < 1e-9 * max(1, abs(item.t)))
            #expect(abs(test.probability - item.p) < 1e-9 * max(item.p, 1e-12))
            #expect(abs(test.low - item.differenceLow) < 1e-9)
            #expect(abs(test.high - item.differenceHigh) < 1e-9)
        }
    }

    @Test func theRandomisationTestIsWithinSamplingErrorOfScipy() {
        for item in reference.cases {
            let test = RandomisationTest(first: item.first, second: item.second, permutations: 20_000, seed: 3)
            // Four standard errors of the two simulations; scipy's, of 2,000,000, doubles a one-sided probability.
            let p = item.randomisationP
            let error = 4 * (p * (1 - p) / 20_000 + p * (2 - p) / 2_000_000).squareRoot() + 1e-4
            #expect(abs(test.probability - p) <= (test.isExact ? 1e-12 : error), "\(test.probability), not \(p)")
        }
        #expect(RandomisationTest(first: reference.cases[0].first, second: reference.cases[0].second).isExact)
    }

    @Test func theRandomisationTestIsFixedByItsSeed() {
        let item = reference.cases[2]
        let tests = [9, 9, 10].map {
            RandomisationTest(first: item.first, second: item.second, permutations: 999, seed: $0)
        }
        #expect(tests[0] == tests[1])
        #expect(tests[0] != tests[2])
    }

    @Test func testsWithoutVarianceOrQueriesAreSaidPlainly() {
        #expect(PairedTTest(first: [0.5, 0.2], second: [0.5, 0.2]).probability == 1)
        #expect(PairedTTest(first: [0, 0, 0], second: [0.5, 0.5, 0.5]).probability == 0)
        #expect(PairedTTest(first: [0.1], second: [0.5]).probability == 1)
        #expect(PairedTTest(first: [], second: []).difference == 0)
        #expect(RandomisationTest(first: [0.5], second: [0.5]).probability == 1)
        #expect(RandomisationTest(first: [0, 0, 0], second: [1, 1, 1]).probability == 0.25)
    }

    @Test func holmStepsDown() {
        let adjusted = HolmCorrection.adjusted([0.01, 0.04, 0.03, 0.005])
        for (value, expected) in zip(adjusted, [0.03, 0.06, 0.06, 0.02]) { #expect(abs(value - expected) < 1e-12) }
        #expect(HolmCorrection.adjusted([0.6, 0.7]) == [1, 1])
        #expect(HolmCorrection.adjusted([]).isEmpty)
    }

    @Test func bootstrapIntervalsAreWithinSamplingErrorOfScipy() throws {
        for item in reference.cases[1...3] {
            let interval = try #require(BootstrapInterval.intervals([item.second]).first)
            let width = item.bootstrapHigh - item.bootstrapLow
            #expect(abs(interval.low - item.bootstrapLow) < 0.04 * width)
            #expect(abs(interval.high - item.bootstrapHigh) < 0.04 * width)
        }
        #expect(BootstrapInterval.intervals([[0.5, 0.5]]) == [BootstrapInterval(low: 0.5, high: 0.5)])
    }

    @Test func percentilesEqualNumpy() {
        let sorted = reference.sample.sorted()
        for (percent, expected) in reference.percentiles {
            #expect(abs(Percentile.of(sorted, (Double(percent) ?? -1) / 100) - expected) < 1e-9)
        }
        #expect(Percentile.of([], 0.5) == 0)
    }
}
