/// A retrieval measure with its parameters, written as ir_measures writes it: `nDCG@10`, `AP(rel=2)`, `RR@10`.
///
///     let measures = try Measure.list("nDCG@10, AP(rel=2), R(rel=2)@1000")
///
/// Each is computed as the reference tool does that ir_measures asks for it (trec_eval, MS MARCO's script, cwl_eval),
/// down to how it breaks ties.
public struct Measure: Sendable, Hashable {
    /// What is measured.
    public enum Kind: String, Sendable, CaseIterable {
        /// Normalised discounted cumulative gain: gain is the grade, discount log2(rank + 1).
        case nDCG
        /// Average precision.
        case ap = "AP"
        /// Reciprocal rank of the first relevant passage.
        case rr = "RR"
        /// Share of relevant passages among the first k.
        case precision = "P"
        /// Share of the relevant passages that is among the first k.
        case recall = "R"
        /// 1 where a relevant passage is among the first k.
        case success = "Success"
        /// Precision at the number of relevant passages.
        case rPrecision = "Rprec"
        /// Binary preference (Buckley and Voorhees 2004): judged passages only.
        case bpref = "Bpref"
        /// Share of judged passages among the first k, or among as many as there are.
        case judged = "Judged"
        /// Rank-biased precision (Moffat and Zobel 2008).
        case rbp = "RBP"
        /// MS MARCO's official reciprocal rank: of the given order, whatever the scores.
        case officialMRR = "MSMARCO_MRR"
    }

    public let kind: Kind
    /// Ranks looked at; `nil` for all.
    public let cutoff: Int?
    /// Lowest grade that counts as relevant; `nil` where grades are gains (nDCG, RBP without `rel`).
    public let relevanceThreshold: Int?
    /// RBP: the probability of going on to the next passage.
    public let persistence: Double
    /// Passages without a judgement are taken out of the ranking first.
    public let judgedOnly: Bool

    /// Throws `MeasureError` for parameters that the measure does not have or lacks.
    public init(
        _ kind: Kind, cutoff: Int? = nil, relevanceThreshold: Int? = nil, persistence: Double? = nil,
        judgedOnly: Bool = false
    ) throws {
        let name = kind.rawValue
        if let cutoff, cutoff < 1 { throw MeasureError("\(name)@\(cutoff): the cutoff must be at least 1") }
        if cutoff == nil, kind.needsCutoff { throw MeasureError("\(name) needs a cutoff, as in \(name)@10") }
        if cutoff != nil, !kind.takesCutoff { throw MeasureError("\(name) takes no cutoff") }
        if let relevanceThreshold {
            guard kind.takesRelevance else { throw MeasureError("\(name) takes no rel=") }
            guard relevanceThreshold >= 1 else {
                throw MeasureError("\(name): rel must be at least 1, not \(relevanceThreshold)")
            }
        }
        if let persistence {
            guard kind == .rbp else { throw MeasureError("\(name) takes no p=") }
            guard persistence > 0, persistence < 1 else { throw MeasureError("RBP: p must lie between 0 and 1") }
        }
        if judgedOnly, !kind.takesJudgedOnly { throw MeasureError("\(name) takes no judged_only=") }
        self.kind = kind
        self.cutoff = cutoff
        self.relevanceThreshold = relevanceThreshold ?? kind.defaultRelevance
        self.persistence = persistence ?? 0.8
        self.judgedOnly = judgedOnly
    }

    /// The measures reported where none are named: RR@10, nDCG@10, AP and recall at 50, 100, 200 and 1000.
    public static func customary() throws -> [Measure] {
        try list("RR@10 nDCG@10 AP R@50 R@100 R@200 R@1000")
    }

    /// The measure with another threshold, where it has one and none but the default was named. Throws `MeasureError`
    /// for a threshold below 1.
    public func withRelevance(atLeast threshold: Int) throws -> Measure {
        guard kind.takesRelevance, relevanceThreshold == kind.defaultRelevance else { return self }
        return try Measure(
            kind, cutoff: cutoff, relevanceThreshold: threshold, persistence: kind == .rbp ? persistence : nil,
            judgedOnly: judgedOnly)
    }

    var tieOrder: TieOrder {
        switch kind {
        case .rr where cutoff != nil: .ascendingDocno
        case .judged: .ascendingDocno
        case .rbp: .fileOrder
        case .officialMRR: .given
        default: .trecEval
        }
    }
}

extension Measure.Kind {
    var needsCutoff: Bool { [.precision, .recall, .success].contains(self) }
    var takesCutoff: Bool { ![.bpref, .rPrecision].contains(self) }
    var takesRelevance: Bool { ![.nDCG, .judged].contains(self) }
    var takesJudgedOnly: Bool { ![.bpref, .judged, .rbp, .officialMRR].contains(self) }
    /// ir_measures' default of `rel`.
    var defaultRelevance: Int? { takesRelevance && self != .rbp ? 1 : nil }
}
