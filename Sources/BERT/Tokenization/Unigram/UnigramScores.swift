/// The log-probabilities of a unigram model's pieces.
struct UnigramScores: Sendable {
    /// By id; pieces from `values.count` on were added and are no part of the model.
    private(set) var values: [Double]
    let unk: Int32
    /// What a character that no piece begins with costs: ten less than the least score, as in SentencePiece.
    let unknown: Double
    /// The pieces of single bytes that unknown characters fall back on; nil where they become `unk`.
    let bytePieces: [Int32]?

    init(values: [Double], unk: Int32, bytePieces: [Int32]?) {
        self.values = values
        self.unk = unk
        self.bytePieces = bytePieces
        unknown = (values.min() ?? 0) - 10
    }

    /// The same with pieces that are taken for nothing.
    func without(_ pieces: [Int32]) -> UnigramScores {
        var scores = self
        for piece in pieces where values.indices.contains(Int(piece)) { scores.values[Int(piece)] = -.infinity }
        return scores
    }
}
