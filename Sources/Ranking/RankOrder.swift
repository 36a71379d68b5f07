/// The order of a ranking: the higher score first, equal scores by the smaller number, what is no number at the end.
///
/// Models are refused whose weights could give a score that is not finite; sorting by a total order keeps one that comes
/// from elsewhere from scrambling the others.
package enum RankOrder {
    package static func precedes(_ one: (score: Double, number: Int), _ other: (score: Double, number: Int)) -> Bool {
        if one.score > other.score { return true }
        if one.score < other.score { return false }
        guard one.score.isNaN == other.score.isNaN else { return other.score.isNaN }
        return one.number < other.number
    }
}
