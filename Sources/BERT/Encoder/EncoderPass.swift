import CKernels
import LinearAlgebra

/// One chunk's way through the layers, as one lane of the worker team sees it.
///
/// Every lane runs the same steps and meets the others at barriers. Products are divided by output columns, so that
/// each lane reads its own part of the weights; attention by heads; normalisation by rows. A lane that works alone
/// has all of each.
struct EncoderPass {
    let encoder: BERTEncoder
    let chunk: Chunk
    /// The batch's states; this chunk's rows are written.
    let states: Matrix
    let scratch: EncoderScratch
    let lane: Lane

    private var hidden: Int { encoder.configuration.hiddenSize }
    private var tokens: Int { chunk.rows.count }
    /// `[tokens, H]`, the layer's input and in the end the result.
    private var x: UnsafeMutablePointer<Float> { states.pointer + chunk.rows.lowerBound * hidden }

    func run() {
        embed()
        lane.barrier()
        for layer in encoder.weights.layers {
            product(x, hidden, layer.projections, into: scratch.projections.pointer) { rows, bias, count in
                pk_bias(rows, bias, 1, count)
            }
            lane.barrier()
            attend()
            lane.barrier()
            product(scratch.context.pointer, hidden, layer.output, into: scratch.residual.pointer)
            lane.barrier()
            normalise(scratch.residual.pointer, layer.output.bias, residual: x, layer.attentionNorm)
            lane.barrier()
            product(scratch.residual.pointer, hidden, layer.expansion, into: scratch.inner.pointer, then: activation)
            lane.barrier()
            product(scratch.inner.pointer, encoder.configuration.intermediateSize, layer.contraction, into: x)
            lane.barrier()
            normalise(x, layer.contraction.bias, residual: scratch.residual.pointer, layer.outputNorm)
            lane.barrier()
        }
    }

    /// Word, position and segment embeddings, summed and normalised.
    private func embed() {
        let weights = encoder.weights
        var row = 0
        let mine = lane.share(of: tokens)
        for sequence in chunk.sequences {
            for (position, piece) in sequence.pieces.enumerated() {
                if mine.contains(row) {
                    let segment = min(position < sequence.secondSegmentStart ? 0 : 1, weights.segments.rows - 1)
                    let word = weights.words.pointer + Int(piece) * hidden
                    let place = weights.positions.pointer + position * hidden
                    let type = weights.segments.pointer + segment * hidden
                    let out = x + row * hidden
                    for column in 0..<hidden { out[column] = word[column] + place[column] + type[column] }
                }
                row += 1
            }
        }
        pk_bias_residual_layer_norm(
            x + mine.lowerBound * hidden, nil, nil, weights.embeddingNorm.gain.pointer,
            weights.embeddingNorm.shift.pointer, encoder.configuration.layerNormEpsilon, mine.count, hidden)
    }

    /// This lane's columns of `input · weightᵀ`, each row's part then handed to `finish` with the bias.
    private func product(
        _ input: UnsafeMutablePointer<Float>, _ width: Int, _ dense: EncoderWeights.Dense,
        into output: UnsafeMutablePointer<Float>,
        then finish: ((UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void)? = nil
    ) {
        let columns = lane.share(of: dense.weight.rows, grain: 16)
        guard !columns.isEmpty else { return }
        let stride = dense.weight.rows
        BLAS.multiply(
            BLAS.View(input, rows: tokens, columns: width),
            BLAS.View(dense.weight.pointer + columns.lowerBound * width, rows: columns.count, columns: width),
            transposed: true,
            into: BLAS.View(output + columns.lowerBound, rows: tokens, columns: columns.count, stride: stride))
        guard let finish else { return }
        for row in 0..<tokens {
            finish(output + row * stride + columns.lowerBound, dense.bias.pointer + columns.lowerBound, columns.count)
        }
    }

    private func activation(_ row: UnsafeMutablePointer<Float>, _ bias: UnsafePointer<Float>, _ count: Int) {
        switch encoder.configuration.activation {
        case .gelu: pk_bias_gelu(row, bias, 1, count)
        case .geluTanh: pk_bias_gelu_tanh(row, bias, 1, count)
        case .relu: pk_bias_relu(row, bias, 1, count)
        }
    }

    private func normalise(
        _ rows: UnsafeMutablePointer<Float>, _ bias: Matrix, residual: UnsafeMutablePointer<Float>,
        _ norm: EncoderWeights.LayerNorm
    ) {
        let mine = lane.share(of: tokens)
        let start = mine.lowerBound * hidden
        pk_bias_residual_layer_norm(
            rows + start, bias.pointer, residual + start, norm.gain.pointer, norm.shift.pointer,
            encoder.configuration.layerNormEpsilon, mine.count, hidden)
    }

    /// Scaled dot-product attention within each sequence, this lane's heads.
    private func attend() {
        let heads = encoder.configuration.headCount
        let size = hidden / heads
        let scale = 1 / Float(size).squareRoot()
        let stride = 3 * hidden
        let scores = scratch.scores[lane.index].pointer
        var first = 0
        for sequence in chunk.sequences {
            let length = sequence.count
            let attended = min(sequence.attended, length)
            let rows = scratch.projections.pointer + first * stride
            for head in lane.share(of: heads) {
                let square = BLAS.View(scores, rows: length, columns: attended)
                BLAS.multiply(
                    BLAS.View(rows + head * size, rows: length, columns: size, stride: stride),
                    BLAS.View(rows + hidden + head * size, rows: attended, columns: size, stride: stride),
                    transposed: true, into: square)
                pk_softmax(scores, scale, length, attended)
                BLAS.multiply(
                    square,
                    BLAS.View(rows + 2 * hidden + head * size, rows: attended, columns: size, stride: stride),
                    into: BLAS.View(
                        scratch.context.pointer + first * hidden + head * size, rows: length, columns: size,
                        stride: hidden))
            }
            first += length
        }
    }
}
