import JSON

/// Choosing among candidate settings without judging the choice by the queries it was made on.
public enum CrossValidation {
    /// One split of the queries.
    public struct Fold: Codable, Sendable, Equatable {
        public let training: [String]
        public let test: [String]

        public init(training: [String], test: [String]) {
            self.training = training
            self.test = test
        }
    }

    /// What was chosen and what it is worth.
    public struct Selection: Codable, Sendable, Equatable {
        /// One fold's choice.
        public struct Choice: Codable, Sendable, Equatable {
            /// Number of the candidate that is best on the training queries.
            public let candidate: Int
            public let trainingMean: Double
            public let testMean: Double

            enum CodingKeys: String, CodingKey {
                case candidate
                case trainingMean = "training_mean"
                case testMean = "test_mean"
            }
        }

        public let choices: [Choice]
        /// Mean over all queries, each measured under the choice of the fold that held it out.
        public let heldOutMean: Double
        /// The candidate that is best on all queries: the one to use.
        public let best: Int
        /// Its mean on all queries, which flatters it.
        public let bestMean: Double

        enum CodingKeys: String, CodingKey {
            case choices, best
            case heldOutMean = "held_out_mean"
            case bestMean = "best_mean"
        }
    }

    /// Splits queries into `count` folds whose test sides are disjoint, cover all, and differ in size by at most one.
    ///
    /// There are never more folds than queries, and no fewer than two unless there is but one query.
    public static func folds(of queries: [String], count: Int = 5, seed: UInt64 = 1) -> [Fold] {
        var generator = SeededGenerator(seed: seed)
        let shuffled = queries.shuffled(using: &generator)
        let count = min(max(2, count), queries.count)
        return (0..<count).map { fold in
            let test = shuffled.indices.filter { $0 % count == fold }.map { shuffled[$0] }
            let held = Set(test.map { CodePoints($0) })
            return Fold(training: shuffled.filter { !held.contains(CodePoints($0)) }, test: test)
        }
    }

    /// Chooses, on each fold's training queries, the candidate with the highest mean (the first of equals) and measures
    /// it on the queries held out.
    ///
    /// `values` holds each candidate's value of each query, `[candidates, queries]`. `nil` without candidates or folds.
    public static func select(values: [[Double]], queries: [String], folds: [Fold]) -> Selection? {
        let position = Dictionary(
            zip(queries.map { CodePoints($0) }, queries.indices), uniquingKeysWith: { first, _ in first })
        guard !values.isEmpty, !folds.isEmpty, values.allSatisfy({ $0.count == queries.count }) else { return nil }
        func mean(_ candidate: Int, _ names: [String]) -> Double {
            let found = names.compactMap { position[CodePoints($0)] }
            return found.isEmpty ? 0 : found.reduce(0) { $0 + values[candidate][$1] } / Double(found.count)
        }
        func best(on names: [String]) -> Int {
            let means = values.indices.map { mean($0, names) }
            return means.indices.max { (means[$0], -$0) < (means[$1], -$1) } ?? 0
        }
        let choices = folds.map { fold in
            let candidate = best(on: fold.training.isEmpty ? fold.test : fold.training)
            return Selection.Choice(
                candidate: candidate, trainingMean: mean(candidate, fold.training), testMean: mean(candidate, fold.test)
            )
        }
        let held = zip(choices, folds).map { ($0.testMean * Double($1.test.count), $1.test.count) }
        let total = held.reduce(0) { $0 + $1.1 }
        let overall = best(on: queries)
        return Selection(
            choices: choices, heldOutMean: total == 0 ? 0 : held.reduce(0) { $0 + $1.0 } / Double(total),
            best: overall, bestMean: mean(overall, queries))
    }
}
