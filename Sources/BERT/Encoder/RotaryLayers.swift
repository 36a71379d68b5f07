import LinearAlgebra

/// The layers of a ModernBERT encoder (Warner et al. 2024, arXiv:2412.13663): each block reads the normalised states
/// and adds to the states themselves.
struct RotaryLayers: Sendable {
    struct Layer: Sendable {
        /// Nil in the first layer, whose input has just been normalised.
        let attentionNorm: LayerNorm?
        /// Query, key and value projections one below the other, `[3H, H]`.
        let projections: DenseLayer
        let output: DenseLayer
        let feedForwardNorm: LayerNorm
        /// What is activated, and what it is multiplied by (GeGLU, Shazeer 2020, arXiv:2002.05202), both `[I, H]`.
        let expansion: DenseLayer
        let gates: DenseLayer
        let contraction: DenseLayer
        let angles: RotaryAngles
        /// How far a piece sees to either side; nil for the whole sequence.
        let reach: Int?
    }

    let layers: [Layer]
    let finalNorm: LayerNorm

    /// As `EncoderWeights.denseLayers`.
    var denseLayers: [(name: String, layer: DenseLayer)] {
        layers.enumerated().flatMap { number, layer in
            [
                ("\(number).attn.Wqkv", layer.projections), ("\(number).attn.Wo", layer.output),
                ("\(number).mlp.Wi.0", layer.expansion), ("\(number).mlp.Wi.1", layer.gates),
                ("\(number).mlp.Wo", layer.contraction),
            ]
        }
    }

    /// Reads the layers' tensors; throws `CheckpointError` where one is missing or has another shape.
    ///
    /// - Parameters:
    ///   - packed: the dense layers, where they were packed ahead.
    ///   - first: the normalisation of the embeddings, which the first layer reads.
    init(
        _ checkpoint: Checkpoint, _ attention: RotaryAttention, precision: Precision, packed: PackedLayers?,
        first: LayerNorm
    ) throws {
        let configuration = checkpoint.configuration
        let (hidden, inner) = (configuration.hiddenSize, configuration.intermediateSize)
        let biases = configuration.biases

        func norm(_ name: String) throws -> LayerNorm {
            LayerNorm(
                gain: try checkpoint.vector("\(name).weight", count: hidden),
                shift: try checkpoint.vector("\(name).bias", count: hidden, orZeros: !biases.norms))
        }
        func weight(_ name: String, _ rows: Int, _ columns: Int) throws -> Matrix {
            try checkpoint.matrix("\(name).weight", rows: rows, columns: columns)
        }
        func bias(_ name: String, _ count: Int, _ isThere: Bool) throws -> Matrix? {
            isThere ? try checkpoint.vector("\(name).bias", count: count) : nil
        }
        func layer(_ number: Int, reach: Int?, angles: RotaryAngles) throws -> Layer {
            let prefix = "layers.\(number)"
            let attentionNorm = number == 0 ? nil : try norm("\(prefix).attn_norm")
            let feedForwardNorm = try norm("\(prefix).mlp_norm")
            func dense(
                _ name: String, _ rows: Int, _ columns: Int, hasBias: Bool, _ inputs: ExpectedInputs? = nil
            ) throws -> DenseLayer {
                if let packed { return try packed.layer("\(number).\(name)", outputs: rows, inputs: columns) }
                return DenseLayer(
                    weight: try weight("\(prefix).\(name)", rows, columns),
                    bias: try bias("\(prefix).\(name)", rows, hasBias), precision: precision, inputs: inputs)
            }
            // The checkpoint has what is activated above its gates.
            func halves() throws -> [DenseLayer] {
                if let packed {
                    return try (0..<2).map {
                        try packed.layer("\(number).mlp.Wi.\($0)", outputs: inner, inputs: hidden)
                    }
                }
                let expansion = try weight("\(prefix).mlp.Wi", 2 * inner, hidden)
                let expansionBias = try bias("\(prefix).mlp.Wi", 2 * inner, biases.feedForward)
                return (0..<2).map { half in
                    let part = expansionBias?.elements[half * inner..<(half + 1) * inner]
                    return DenseLayer(
                        weight: expansion.copy(rows: half * inner, count: inner),
                        bias: part.map { Matrix(rows: 1, columns: inner, Array($0)) }, precision: precision,
                        inputs: ChannelStatistics(feedForwardNorm).expected())
                }
            }
            let halves = try halves()
            return Layer(
                attentionNorm: attentionNorm,
                projections: try dense(
                    "attn.Wqkv", 3 * hidden, hidden, hasBias: biases.attention,
                    ChannelStatistics(attentionNorm ?? first).expected()),
                output: try dense("attn.Wo", hidden, hidden, hasBias: biases.attention),
                feedForwardNorm: feedForwardNorm, expansion: halves[0], gates: halves[1],
                contraction: try dense("mlp.Wo", hidden, inner, hasBias: biases.feedForward), angles: angles,
                reach: reach)
        }

        let (positions, headSize) = (configuration.maxPositions, configuration.headSize)
        let global = RotaryAngles(theta: attention.globalTheta, positions: positions, headSize: headSize)
        let local = RotaryAngles(theta: attention.localTheta, positions: positions, headSize: headSize)
        layers = try attention.isGlobal.enumerated().map { number, isGlobal in
            try layer(number, reach: isGlobal ? nil : attention.reach, angles: isGlobal ? global : local)
        }
        finalNorm = try norm("final_norm")
    }
}
