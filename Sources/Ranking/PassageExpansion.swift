import BERT
import LinearAlgebra

/// Pieces that a passage lacks but its queries may have, with weights: the head proposes them from the states that the
/// passage's own weights come from, so expansion costs no second pass.
///
/// `y = max over positions of U·gelu(W·h + b) + c`, the maximum as in SPLADE-max (Formal et al. 2021) but from few
/// columns; the best `count` pieces above 0 are taken. TILDE (Zhuang and Zuccon 2021) proposes pieces from the first
/// position and encodes the passage once more with them.
struct PassageExpansion: Sendable {
    /// Proposals computed at a time, for all positions of all sequences: bounds the memory that they take.
    private static let block = 512

    /// The most pieces a passage gets.
    let count: Int
    /// The pieces that can be proposed, by row of the head.
    private let pieces: [Int32]
    private let hidden: DenseLayer
    private let blocks: [DenseLayer]

    /// Reads the head; `nil` where the checkpoint has none or the settings ask for no pieces. Throws `CheckpointError`.
    init?(_ checkpoint: Checkpoint, settings: ModelSettings, precision: Precision) throws {
        guard settings.tildev2.expansionTerms > 0, checkpoint.has(TensorName.expansionWeight) else { return nil }
        count = settings.tildev2.expansionTerms
        let (width, vocabulary) = (checkpoint.configuration.hiddenSize, checkpoint.configuration.vocabularySize)
        let proposals = try checkpoint.shape(of: TensorName.expansionWeight).first ?? 0
        let inner = try checkpoint.shape(of: TensorName.expansionHiddenWeight).first ?? 0
        pieces = try checkpoint.integers(TensorName.expansionPieces, count: proposals, below: vocabulary)
        guard Set(pieces).count == pieces.count else {
            throw CheckpointError(checkpoint.folder, tensor: TensorName.expansionPieces, "names a piece more than once")
        }
        hidden = try checkpoint.dense(
            weight: TensorName.expansionHiddenWeight, bias: TensorName.expansionHiddenBias, outputs: inner,
            inputs: width)
        let weight = try checkpoint.matrix(TensorName.expansionWeight, rows: proposals, columns: inner)
        let bias = try checkpoint.vector(TensorName.expansionBias, count: proposals)
        guard weight.count > 0 else { return nil }
        blocks = stride(from: 0, to: proposals, by: Self.block).map { first in
            let rows = min(Self.block, proposals - first)
            return DenseLayer(
                weight: weight.copy(rows: first, count: rows),
                bias: Matrix(rows: 1, columns: rows, Array(bias.elements[first..<first + rows])), precision: precision)
        }
    }

    /// The pieces that each sequence gets, best first.
    ///
    /// - Parameters:
    ///   - ranges: rows of `states` that are a sequence's.
    ///   - isExcluded: whether a piece is none for the sequence of this number: a stop piece or one of its own.
    func terms(_ ranges: [Range<Int>], states: Matrix, isExcluded: (Int, Int32) -> Bool) -> [[TILDE.Term]] {
        let total = ranges.reduce(0) { $0 + $1.count }
        guard total > 0 else { return ranges.map { _ in [] } }
        let inner = Matrix(rows: total, columns: hidden.outputs)
        var firsts: [Int] = []
        var row = 0
        for range in ranges {
            hidden.multiply(
                states.pointer + range.lowerBound * states.columns, rows: 0..<range.count, activation: .gelu,
                into: inner.pointer + row * inner.columns)
            firsts.append(row)
            row += range.count
        }
        let prepared = blocks.first.flatMap {
            $0.takesPreparedRows ? PreparedRows(rows: total, inputs: $0.inputs) : nil
        }
        if let prepared, let layer = blocks.first {
            layer.prepare(inner.pointer, rows: 0..<total, stride: inner.columns, into: prepared)
        }
        let best = Matrix(rows: ranges.count, columns: pieces.count)
        let products = Matrix(rows: total, columns: Self.block)
        // A block's weights are used for all sequences before the next block's are read.
        for (number, layer) in blocks.enumerated() {
            layer.multiply(inner.pointer, prepared: prepared, rows: 0..<total, into: products.pointer)
            for (sequence, range) in ranges.enumerated() {
                Self.maximum(
                    products.pointer + firsts[sequence] * layer.outputs, rows: range.count, columns: layer.outputs,
                    into: best.pointer + sequence * pieces.count + number * Self.block)
            }
        }
        return ranges.indices.map { sequence in
            let values = best.row(sequence)
            var found: [TILDE.Term] = []
            for (index, piece) in pieces.enumerated()
            where values[index] > (found.count == count ? found[count - 1].weight : 0) && values[index].isFinite
                && !isExcluded(sequence, piece)
            {
                if found.count == count { found.removeLast() }
                let place = found.firstIndex { $0.weight < values[index] } ?? found.count
                found.insert(TILDE.Term(piece: piece, weight: values[index]), at: place)
            }
            return found
        }
    }

    /// The largest of each column, 0 where all are below.
    private static func maximum(
        _ rows: UnsafePointer<Float>, rows count: Int, columns: Int, into best: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<count {
            let values = rows + row * columns
            // Without a branch, so that the loop becomes vector instructions.
            for column in 0..<columns { best[column] = values[column] > best[column] ? values[column] : best[column] }
        }
    }
}
