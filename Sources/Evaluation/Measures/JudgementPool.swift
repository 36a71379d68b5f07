/// What the measures need to know of a query's judgements apart from the ranking: how many there are of each grade.
struct JudgementPool: Sendable {
    /// Number of judgements of each grade from 0 up.
    private let levels: [Int]

    init(grades: ArraySlice<Int>) {
        var levels = [Int](repeating: 0, count: 1 + max(0, grades.max() ?? 0))
        for grade in grades where grade >= 0 { levels[grade] += 1 }
        self.levels = levels
    }

    /// Number of passages with at least this grade.
    func relevant(atLeast grade: Int) -> Int {
        levels.dropFirst(grade).reduce(0, +)
    }

    /// Number of judged passages below this grade.
    func notRelevant(below grade: Int) -> Int {
        levels.prefix(grade).reduce(0, +)
    }

    /// Discounted cumulative gain of the best possible ranking.
    func idealGain(cutoff: Int) -> Double {
        var gain = 0.0
        var rank = 1
        for grade in stride(from: levels.count - 1, to: 0, by: -1) {
            for _ in 0..<levels[grade] {
                guard rank <= cutoff else { return gain }
                gain += Double(grade) / Discount.log2(rank: rank)
                rank += 1
            }
        }
        return gain
    }
}
