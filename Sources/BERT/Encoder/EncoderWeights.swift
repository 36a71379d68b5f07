import LinearAlgebra

/// The parameters of a BERT encoder, laid out for packed products.
struct EncoderWeights: Sendable {
    struct LayerNorm: Sendable {
        let gain: Matrix
        let shift: Matrix
    }

    struct Layer: Sendable {
        /// Query, key and value projections one below the other, `[3H, H]`, so that one product makes all three.
        let projections: DenseLayer
        let output: DenseLayer
        let attentionNorm: LayerNorm
        let expansion: DenseLayer
        let contraction: DenseLayer
        let outputNorm: LayerNorm
    }

    let words: EmbeddingTable
    let positions: Matrix
    let segments: Matrix
    let embeddingNorm: LayerNorm
    let layers: [Layer]

    /// Reads every tensor from `checkpoint`; throws `CheckpointError` where one is missing or has another shape.
    init(_ checkpoint: Checkpoint, precision: Precision) throws {
        let configuration = checkpoint.configuration
        let hidden = configuration.hiddenSize

        func norm(_ name: String) throws -> LayerNorm {
            LayerNorm(
                gain: try checkpoint.vector("\(name).weight", count: hidden),
                shift: try checkpoint.vector("\(name).bias", count: hidden))
        }

        words = try EmbeddingTable(
            checkpoint, "embeddings.word_embeddings.weight", rows: configuration.vocabularySize, columns: hidden)
        positions = try checkpoint.matrix(
            "embeddings.position_embeddings.weight", rows: configuration.maxPositions, columns: hidden)
        segments = try checkpoint.matrix(
            "embeddings.token_type_embeddings.weight", rows: configuration.typeVocabularySize, columns: hidden)
        embeddingNorm = try norm("embeddings.LayerNorm")
        var before = embeddingNorm
        layers = try (0..<configuration.layerCount).map { number in
            let prefix = "encoder.layer.\(number)"
            let attentionNorm = try norm("\(prefix).attention.output.LayerNorm")
            let outputNorm = try norm("\(prefix).output.LayerNorm")
            defer { before = outputNorm }
            return try Self.layer(
                checkpoint, prefix, norms: (before, attentionNorm, outputNorm), precision: precision)
        }
    }

    private static func layer(
        _ checkpoint: Checkpoint, _ prefix: String, norms: (before: LayerNorm, attention: LayerNorm, output: LayerNorm),
        precision: Precision
    ) throws -> Layer {
        let hidden = checkpoint.configuration.hiddenSize
        let inner = checkpoint.configuration.intermediateSize
        let projections = Matrix(rows: 3 * hidden, columns: hidden)
        let biases = Matrix(rows: 1, columns: 3 * hidden)
        for (number, name) in ["query", "key", "value"].enumerated() {
            let tensor = "\(prefix).attention.self.\(name)"
            try checkpoint.read(
                "\(tensor).weight", shape: [hidden, hidden],
                into: UnsafeMutableBufferPointer(
                    start: projections.pointer + number * hidden * hidden, count: hidden * hidden))
            try checkpoint.read(
                "\(tensor).bias", shape: [hidden],
                into: UnsafeMutableBufferPointer(start: biases.pointer + number * hidden, count: hidden))
        }
        func dense(_ name: String, out: Int, in input: Int) throws -> (weight: Matrix, bias: Matrix) {
            (
                try checkpoint.matrix("\(prefix).\(name).weight", rows: out, columns: input),
                try checkpoint.vector("\(prefix).\(name).bias", count: out)
            )
        }
        let output = try dense("attention.output.dense", out: hidden, in: hidden)
        var expansion = try dense("intermediate.dense", out: inner, in: hidden)
        var contraction = try dense("output.dense", out: hidden, in: inner)
        guard precision == .int8 else {
            return Layer(
                projections: DenseLayer(weight: projections, bias: biases, precision: precision),
                output: DenseLayer(weight: output.weight, bias: output.bias, precision: precision),
                attentionNorm: norms.attention,
                expansion: DenseLayer(weight: expansion.weight, bias: expansion.bias, precision: precision),
                contraction: DenseLayer(weight: contraction.weight, bias: contraction.bias, precision: precision),
                outputNorm: norms.output)
        }
        let input = ChannelStatistics(norms.before)
        let context = input.through(projections, rows: 2 * hidden..<3 * hidden, bias: biases)
        let attended = ChannelStatistics(norms.attention)
        var activated = attended.through(expansion.weight, rows: 0..<inner, bias: expansion.bias).throughGELU()
        // Columns of like size side by side share scales; the order of these is nobody else's business.
        let sizes = activated.sizes
        let order = (0..<inner).sorted { sizes[$0] < sizes[$1] }
        activated = activated[order]
        expansion = (expansion.weight.rows(order), expansion.bias.columns(order))
        contraction.weight = contraction.weight.columns(order)
        return Layer(
            projections: DenseLayer(weight: projections, bias: biases, precision: .int8, inputs: input.expected()),
            output: DenseLayer(
                weight: output.weight, bias: output.bias, precision: .int8, inputs: context.expected()),
            attentionNorm: norms.attention,
            expansion: DenseLayer(
                weight: expansion.weight, bias: expansion.bias, precision: .int8, inputs: attended.expected()),
            contraction: DenseLayer(
                weight: contraction.weight, bias: contraction.bias, precision: .int8,
                inputs: activated.expected(least: checkpoint.configuration.activation.least)),
            outputNorm: norms.output)
    }
}

extension EncoderActivation {
    /// The function on the sums of a dense layer.
    var activation: Activation {
        switch self {
        case .gelu: .gelu
        case .geluTanh: .geluTanh
        case .relu: .relu
        }
    }

    /// The least value that it has, rounded down.
    var least: Float {
        switch self {
        case .gelu, .geluTanh: -0.1701
        case .relu: 0
        }
    }
}

extension Checkpoint {
    /// The tensor `name` of shape `[rows, columns]` as a matrix.
    public func matrix(_ name: String, rows: Int, columns: Int) throws -> Matrix {
        let matrix = Matrix(rows: rows, columns: columns)
        try read(
            name, shape: [rows, columns], into: UnsafeMutableBufferPointer(start: matrix.pointer, count: matrix.count))
        return matrix
    }

    /// The tensor `name` of shape `[count]` as a matrix of one row.
    public func vector(_ name: String, count: Int) throws -> Matrix {
        let matrix = Matrix(rows: 1, columns: count)
        try read(name, shape: [count], into: UnsafeMutableBufferPointer(start: matrix.pointer, count: count))
        return matrix
    }
}
