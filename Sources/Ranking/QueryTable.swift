import BERT

/// What each piece of a query asks for in a passage: pieces, as a rule itself among them, and how much each counts.
///
/// A sparse matrix by which a query's bag of pieces is multiplied, so that a query is weighted and expanded without a
/// network: the query side of SPLADE (Formal et al. 2021) as far as it does not depend on context, as in inference-free
/// sparse retrieval (Geng et al. 2024).
struct QueryTable: Sendable {
    /// By piece, where its entries begin; one more than there are pieces.
    private let offsets: [Int32]
    private let pieces: [Int32]
    private let weights: [Float]

    /// Reads the table; `nil` where the checkpoint has none. Throws `CheckpointError`.
    init?(_ checkpoint: Checkpoint) throws {
        guard checkpoint.has(TensorName.queryWeights) else { return nil }
        let vocabulary = checkpoint.configuration.vocabularySize
        let entries = try checkpoint.shape(of: TensorName.queryWeights).first ?? 0
        func failure(_ tensor: String, _ message: String) -> CheckpointError {
            CheckpointError(checkpoint.folder, tensor: tensor, message)
        }
        offsets = try checkpoint.integers(TensorName.queryOffsets, count: vocabulary + 1, below: entries + 1)
        guard offsets.first == 0, offsets.last.map({ Int($0) }) == entries,
            zip(offsets, offsets.dropFirst()).allSatisfy(<=)
        else { throw failure(TensorName.queryOffsets, "should ascend from 0 to the \(entries) entries") }
        pieces = try checkpoint.integers(TensorName.queryPieces, count: entries, below: vocabulary)
        weights = try checkpoint.floats(TensorName.queryWeights, shape: [entries])
        guard weights.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
            throw failure(TensorName.queryWeights, "should be finite and 0 or more")
        }
    }

    /// Adds what a piece asks for.
    func add(_ piece: Int32, to asked: inout [Int32: Float]) {
        guard piece >= 0, Int(piece) + 1 < offsets.count else { return }
        for entry in Int(offsets[Int(piece)])..<Int(offsets[Int(piece) + 1]) {
            asked[pieces[entry], default: 0] += weights[entry]
        }
    }
}
