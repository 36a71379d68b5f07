import LinearAlgebra

/// The way through layers with rotary positions.
extension EncoderPass {
    /// `[tokens, I]` each: what is activated, and beside it the gates.
    private var values: UnsafeMutablePointer<Float> { scratch.inner.pointer }
    private var gates: UnsafeMutablePointer<Float> {
        scratch.inner.pointer + scratch.tokens * encoder.configuration.intermediateSize
    }
    /// `[tokens, H]`: the normalised states that a block reads, until attention overwrites them.
    private var normed: UnsafeMutablePointer<Float> { scratch.context.pointer }

    func run(_ rotary: RotaryLayers) {
        embed(next: nil)
        for layer in rotary.layers {
            normalise(x, by: layer.attentionNorm, rows: 0..<tokens, for: layer.projections)
            multiply(
                layer.projections, normed, rows: 0..<tokens, scratch.preparedHidden,
                into: scratch.projections.pointer)
            attend(layer)
            lane.barrier()
            for rows in blocks { finish(layer, rows: rows) }
        }
        normalise(x, rotary.finalNorm, rows: 0..<tokens)
    }

    /// Makes `normed` of this lane's states, and waits for the others'.
    private func normalise(
        _ states: UnsafeMutablePointer<Float>, by norm: LayerNorm?, rows: Range<Int>,
        for layer: DenseLayer
    ) {
        let mine = mine(rows)
        (normed + mine.lowerBound * hidden).update(from: states + mine.lowerBound * hidden, count: mine.count * hidden)
        if let norm { normalise(normed, norm, rows: rows) }
        prepare(normed, rows: rows, for: layer, scratch.preparedHidden)
        lane.barrier()
    }

    /// What follows attention, row by row: its output and the feed-forward block, each added to the states.
    private func finish(_ layer: RotaryLayers.Layer, rows: Range<Int>) {
        let residual = scratch.residual.pointer
        prepare(scratch.context.pointer, rows: rows, for: layer.output, scratch.preparedHidden)
        lane.barrier()
        multiply(
            layer.output, scratch.context.pointer, rows: rows, scratch.preparedHidden, residual: x, into: residual)
        normalise(residual, by: layer.feedForwardNorm, rows: rows, for: layer.expansion)
        multiply(
            layer.expansion, normed, rows: rows, scratch.preparedHidden,
            activation: encoder.configuration.activation.activation, into: values)
        multiply(layer.gates, normed, rows: rows, scratch.preparedHidden, into: gates)
        let inner = encoder.configuration.intermediateSize
        let mine = mine(rows)
        for index in mine.lowerBound * inner..<mine.upperBound * inner { values[index] *= gates[index] }
        prepare(values, rows: rows, for: layer.contraction, scratch.preparedInner)
        lane.barrier()
        multiply(layer.contraction, values, rows: rows, scratch.preparedInner, residual: residual, into: x)
    }

    /// Attention within each sequence, this lane's heads, queries and keys turned first.
    private func attend(_ layer: RotaryLayers.Layer) {
        let size = encoder.configuration.headSize
        let stride = 3 * hidden
        var first = 0
        for sequence in chunk.sequences {
            let rows = scratch.projections.pointer + first * stride
            for head in lane.share(of: encoder.configuration.headCount) {
                let query = rows + head * size
                layer.angles.turn(query, count: sequence.count, stride: stride)
                layer.angles.turn(query + hidden, count: sequence.count, stride: stride)
                AttentionHead.attend(
                    queries: query, keys: query + hidden, values: query + 2 * hidden, stride: stride,
                    tokens: sequence.count, attended: min(sequence.attended, sequence.count), headSize: size,
                    window: layer.reach, scratch: scratch.attention[lane.index],
                    into: scratch.context.pointer + first * hidden + head * size, outStride: hidden)
            }
            first += sequence.count
        }
    }
}
