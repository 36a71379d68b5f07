/// Which of two passages comes first where a run gives them one score.
///
/// The reference tools disagree, and a measure follows the tool that defines it, so that figures can be compared.
enum TieOrder: Sendable, Hashable {
    /// trec_eval: scores are compared as 32-bit floats (its `sim` was one up to version 9.0.8, and still is in
    /// pytrec_eval), ties are broken by descending docno.
    case trecEval
    /// ir_measures' own RR@k and Judged@k: 64-bit scores, ties by ascending docno.
    case ascendingDocno
    /// ir_measures' RBP: 64-bit scores, ties in the order of the file.
    case fileOrder
    /// The order of the file or of its rank column, whatever the scores: MS MARCO's official evaluation.
    case given
}
