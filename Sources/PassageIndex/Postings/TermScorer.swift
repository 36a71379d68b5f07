import CKernels
import Ranking

/// What the terms of one query give to passages by BM25.
///
/// Gains are whole numbers of a small step (`pk_bm25_step`), so that a score is the same in whatever order it is added up.
struct TermScorer {
    /// Of each term; 0 where no passage has it.
    let weights: [Double]
    let step: Double
    private var parameters: pk_bm25

    /// - Parameter frequencies: how many passages have each term.
    init(_ terms: [QueryTerm], frequencies: [Int], bm25: BM25, _ collection: LexicalIndex.Collection) {
        weights = zip(terms, frequencies).map { term, frequency in
            guard frequency > 0 else { return 0 }
            return Double(term.count) * BM25.inverseFrequency(passages: collection.passages, frequency: frequency)
        }
        step = pk_bm25_step(weights.reduce(0, +))
        parameters = pk_bm25()
        (parameters.k1, parameters.b, parameters.average) = (bm25.k1, bm25.b, collection.averageLength)
    }

    /// Steps that a term gives to a passage of `length` terms that has it `count` times, 1 or more.
    func gain(_ term: Int, count: Int, length: UInt32) -> UInt32 {
        withUnsafePointer(to: parameters) { pk_bm25_gain(weights[term], UInt32(clamping: count), length, $0, step) }
    }

    /// The score that some steps are.
    func score(_ steps: UInt32) -> Double { Double(steps) * step }

    /// The parameters as the search over lists needs them.
    func parameters(_ file: PostingsFile, removed: UnsafePointer<UInt64>?) -> pk_bm25 {
        var all = parameters
        all.lengths = file.lengths.baseAddress
        all.short_lengths = file.shortLengths.baseAddress
        all.passages = UInt32(file.format.numbers)
        all.removed = removed
        return all
    }
}
