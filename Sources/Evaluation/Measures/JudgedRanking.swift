/// A query's ranking as its measures see it: the grade at each rank.
struct JudgedRanking {
    /// Grades, best rank first; `unjudged` where the qrels do not name the passage.
    var grades: [Int]
    let pool: JudgementPool
    /// What a graded gain of 1 stands for.
    let highestGrade: Int

    /// Below every grade, negative ones included.
    static let unjudged = Int.min
}
