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

    /// Rows that one thread takes through the steps between two attentions at a time: their activations stay near.
    private static let rowsPerBlock = 128
    /// Rows that are normalised and then converted: few enough to stay in the first cache.
    private static let rowsAtOnce = 8

    var hidden: Int { encoder.configuration.hiddenSize }
    var tokens: Int { chunk.rows.count }
    /// `[tokens, H]`, the layer's input and in the end the result.
    var x: UnsafeMutablePointer<Float> { states.pointer + chunk.rows.lowerBound * hidden }

    func run() {
        if let layers = encoder.weights.rotary { return run(layers) }
        let layers = encoder.weights.layers
        embed(next: layers.first?.projections)
        for (number, layer) in layers.enumerated() {
            lane.barrier()
            multiply(layer.projections, x, rows: 0..<tokens, scratch.preparedHidden, into: scratch.projections.pointer)
            attend()
            lane.barrier()
            for rows in blocks {
                finish(layer, rows: rows, next: number + 1 < layers.count ? layers[number + 1].projections : nil)
            }
        }
    }

    /// Several lanes take all rows together.
    var blocks: [Range<Int>] {
        guard lane.count == 1 else { return [0..<tokens] }
        return stride(from: 0, to: tokens, by: Self.rowsPerBlock).map { $0..<min(tokens, $0 + Self.rowsPerBlock) }
    }

    /// What follows attention, row by row: its output, the feed-forward block and their normalisations.
    private func finish(_ layer: EncoderWeights.Layer, rows: Range<Int>, next: DenseLayer?) {
        let (context, residual) = (scratch.context.pointer, scratch.residual.pointer)
        prepare(context, rows: rows, for: layer.output, scratch.preparedHidden)
        lane.barrier()
        multiply(layer.output, context, rows: rows, scratch.preparedHidden, residual: x, into: residual)
        normalise(residual, layer.attentionNorm, rows: rows, for: layer.expansion)
        lane.barrier()
        let activation = encoder.configuration.activation.activation
        if let hidden = scratch.preparedHidden, let inner = scratch.preparedInner,
            layer.expansion.prepares(for: layer.contraction)
        {
            layer.expansion.multiply(
                prepared: hidden, rows: rows, columns: columns(of: layer.expansion), activation: activation,
                for: layer.contraction, into: inner)
        } else {
            multiply(
                layer.expansion, residual, rows: rows, scratch.preparedHidden, activation: activation,
                into: scratch.inner.pointer)
            prepare(scratch.inner.pointer, rows: rows, for: layer.contraction, scratch.preparedInner)
        }
        lane.barrier()
        multiply(
            layer.contraction, scratch.inner.pointer, rows: rows, scratch.preparedInner, residual: residual, into: x)
        normalise(x, layer.outputNorm, rows: rows, for: next)
    }

    /// Word, position and segment embeddings, summed, normalised and brought to the layers' width.
    func embed(next: DenseLayer?) {
        let weights = encoder.weights
        let width = weights.words.columns
        let embeddings = weights.embeddingProjection == nil ? x : scratch.inner.pointer
        var row = 0
        let mine = lane.share(of: tokens)
        for sequence in chunk.sequences {
            for (position, piece) in sequence.pieces.enumerated() {
                if mine.contains(row) {
                    let out = embeddings + row * width
                    weights.words.read(Int(piece), into: out)
                    if let positions = weights.positions { add(positions, row: position, to: out) }
                    if let segments = weights.segments {
                        let segment = position < sequence.secondSegmentStart ? 0 : 1
                        add(segments, row: min(segment, segments.rows - 1), to: out)
                    }
                }
                row += 1
            }
        }
        guard let projection = weights.embeddingProjection else {
            return normalise(x, weights.embeddingNorm, rows: 0..<tokens, for: next)
        }
        normalise(embeddings, weights.embeddingNorm, rows: 0..<tokens)
        lane.barrier()
        multiply(projection, embeddings, rows: 0..<tokens, nil, into: x)
        if let next { prepare(x, rows: 0..<tokens, for: next, scratch.preparedHidden) }
    }

    private func add(_ table: Matrix, row: Int, to out: UnsafeMutablePointer<Float>) {
        let values = table.pointer + row * table.columns
        for column in 0..<table.columns { out[column] += values[column] }
    }

    /// This lane's rows among `rows`.
    func mine(_ rows: Range<Int>) -> Range<Int> {
        let share = lane.share(of: rows.count)
        return rows.lowerBound + share.lowerBound..<rows.lowerBound + share.upperBound
    }

    /// Converts this lane's rows to what a layer's product takes.
    func prepare(
        _ input: UnsafeMutablePointer<Float>, rows: Range<Int>, for layer: DenseLayer, _ prepared: PreparedRows?
    ) {
        guard let prepared, layer.takesPreparedRows else { return }
        layer.prepare(input, rows: mine(rows), stride: layer.inputs, into: prepared)
    }

    /// This lane's columns of a layer's result; all lanes' are there when it returns.
    func multiply(
        _ layer: DenseLayer, _ input: UnsafeMutablePointer<Float>, rows: Range<Int>, _ prepared: PreparedRows?,
        activation: Activation = .identity, residual: UnsafeMutablePointer<Float>? = nil,
        into output: UnsafeMutablePointer<Float>
    ) {
        layer.multiply(
            input, prepared: prepared, rows: rows, columns: columns(of: layer), activation: activation,
            residual: residual, into: output)
        lane.barrier()
    }

    private func columns(of layer: DenseLayer) -> Range<Int> {
        lane.share(of: layer.outputs, grain: DenseLayer.grain)
    }

    /// Normalises this lane's rows, and converts them to what a layer takes while they are near.
    func normalise(
        _ x: UnsafeMutablePointer<Float>, _ norm: LayerNorm, rows: Range<Int>,
        for next: DenseLayer? = nil
    ) {
        let mine = mine(rows)
        let width = norm.columns
        let prepared = next?.takesPreparedRows == true ? scratch.preparedHidden : nil
        for first in stride(from: mine.lowerBound, to: mine.upperBound, by: Self.rowsAtOnce) {
            let some = first..<min(mine.upperBound, first + Self.rowsAtOnce)
            norm.normalise(
                x + first * width, rows: some.count, epsilon: encoder.configuration.layerNormEpsilon)
            if let next, let prepared { next.prepare(x, rows: some, stride: width, into: prepared) }
        }
    }

    /// Scaled dot-product attention within each sequence, this lane's heads.
    private func attend() {
        let size = encoder.configuration.headSize
        let stride = 3 * hidden
        var first = 0
        for sequence in chunk.sequences {
            let rows = scratch.projections.pointer + first * stride
            for head in lane.share(of: encoder.configuration.headCount) {
                let query = rows + head * size
                AttentionHead.attend(
                    queries: query, keys: query + hidden, values: query + 2 * hidden, stride: stride,
                    tokens: sequence.count, attended: min(sequence.attended, sequence.count), headSize: size,
                    scratch: scratch.attention[lane.index],
                    into: scratch.context.pointer + first * hidden + head * size, outStride: hidden)
            }
            first += sequence.count
        }
    }
}
