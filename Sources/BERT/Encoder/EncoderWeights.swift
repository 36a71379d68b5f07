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
        func dense(_ name: String, out: Int, in input: Int, range: DenseLayer.InputRange) throws -> DenseLayer {
            DenseLayer(
                weight: try checkpoint.matrix("\(prefix).\(name).weight", rows: out, columns: input),
                bias: try checkpoint.vector("\(prefix).\(name).bias", count: out), precision: precision, range: range)
        }
        return Layer(
            projections: DenseLayer(
                weight: projections, bias: biases, precision: precision, range: norms.before.range),
            output: try dense("attention.output.dense", out: hidden, in: hidden, range: .init()),
            attentionNorm: norms.attention,
            expansion: try dense("intermediate.dense", out: inner, in: hidden, range: norms.attention.range),
            contraction: try dense(
                "output.dense", out: hidden, in: inner,
                range: .init(least: checkpoint.configuration.activation.least)),
            outputNorm: norms.output)
    }
}

extension EncoderWeights.LayerNorm {
    /// What comes out of the normalisation: a column's values are about `shift ± 3 gain`. Dividing them by a root of
    /// that keeps a few large columns from coarsening the scale of all others, while what the weight takes over of it
    /// does not coarsen the weight's (SmoothQuant, Xiao et al. 2023).
    fileprivate var range: DenseLayer.InputRange {
        let sizes = zip(gain.elements, shift.elements).map { 3 * abs($0) + abs($1) }
        let median = sizes.sorted()[sizes.count / 2]
        guard median > 0 else { return .init() }
        return .init(factors: sizes.map { 1 / max(0.1, $0 / median).squareRoot() })
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
