import BERT
import CKernels
import LinearAlgebra

/// TILDEv2's weight of a state: `relu(a·h + c)`, or `relu(a·relu(W·h + b) + c)` where the checkpoint has a hidden layer.
struct TermWeights: Sendable {
    private let hidden: DenseLayer?
    private let weight: Matrix
    private let bias: Float

    /// Reads the head. Throws `CheckpointError`.
    init(_ checkpoint: Checkpoint) throws {
        let width = checkpoint.configuration.hiddenSize
        var inputs = width
        if checkpoint.has(TensorName.tildeHiddenWeight) {
            inputs = try checkpoint.shape(of: TensorName.tildeHiddenWeight).first ?? 0
            hidden = try checkpoint.dense(
                weight: TensorName.tildeHiddenWeight, bias: TensorName.tildeHiddenBias, outputs: inputs, inputs: width)
        } else {
            hidden = nil
        }
        weight = try checkpoint.vector(TensorName.tildeWeight, count: inputs)
        bias =
            checkpoint.has(TensorName.tildeBias) ? try checkpoint.floats(TensorName.tildeBias, shape: []).first ?? 0 : 0
    }

    /// Weights of `count` rows of `states` from `first` on, before what is negative becomes 0.
    func callAsFunction(_ states: Matrix, first: Int, count: Int) -> [Float] {
        var rows = states.pointer + first * states.columns
        var activated: Matrix?
        if let hidden, count > 0 {
            let made = Matrix(rows: count, columns: hidden.outputs)
            hidden.multiply(rows, rows: 0..<count, activation: .relu, into: made.pointer)
            (rows, activated) = (made.pointer, made)
        }
        return withExtendedLifetime(activated) {
            (0..<count).map { pk_dot(weight.pointer, rows + $0 * weight.columns, weight.columns) + bias }
        }
    }
}
