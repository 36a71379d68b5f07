import LinearAlgebra
import Synchronization

/// The parameters of a BERT encoder, laid out for packed products.
struct EncoderWeights: Sendable {
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
    /// By position, from the first that a sequence may have; nil where positions are rotary.
    let positions: Matrix?
    /// Nil where the model has no segments.
    let segments: Matrix?
    let embeddingNorm: LayerNorm
    /// From the embeddings' width to the layers', where they differ.
    let embeddingProjection: DenseLayer?
    /// The layers in BERT's form; none where there are rotary ones.
    let layers: [Layer]
    let rotary: RotaryLayers?

    /// The dense layers of all layers, under the names that `PackedLayers` has for them.
    var denseLayers: [(name: String, layer: DenseLayer)] {
        if let rotary { return rotary.denseLayers }
        return layers.enumerated().flatMap { number, layer in
            [
                ("\(number).projections", layer.projections), ("\(number).output", layer.output),
                ("\(number).expansion", layer.expansion), ("\(number).contraction", layer.contraction),
            ]
        }
    }

    /// Reads every tensor from `checkpoint`; throws `CheckpointError` where one is missing or has another shape.
    ///
    /// - Parameter packed: the dense layers, where they were packed ahead.
    init(_ checkpoint: Checkpoint, precision: Precision, packed ahead: PackedLayers?, team: WorkerTeam) throws {
        let configuration = checkpoint.configuration
        let hidden = configuration.hiddenSize
        let width = configuration.embeddingSize

        func norm(_ name: String, _ columns: Int) throws -> LayerNorm {
            LayerNorm(
                gain: try checkpoint.vector("\(name).weight", count: columns),
                shift: try checkpoint.vector(
                    "\(name).bias", count: columns, orZeros: !configuration.biases.norms))
        }

        words = try EmbeddingTable(checkpoint, TensorName.words, rows: configuration.vocabularySize, columns: width)
        embeddingNorm = try norm(TensorName.embeddingNorm, width)
        if let attention = configuration.rotary {
            rotary = try RotaryLayers(checkpoint, attention, precision: precision, packed: ahead, first: embeddingNorm)
            (positions, segments, embeddingProjection, layers) = (nil, nil, nil, [])
            return
        }
        rotary = nil
        let (offset, rows) = (configuration.positionOffset, configuration.maxPositions)
        positions = try checkpoint.matrix(TensorName.positions, rows: offset + rows, columns: width)
            .copy(rows: offset, count: rows)
        segments =
            configuration.typeVocabularySize > 0
            ? try checkpoint.matrix(TensorName.segments, rows: configuration.typeVocabularySize, columns: width) : nil
        embeddingProjection =
            width == hidden
            ? nil
            : try checkpoint.dense(
                weight: "\(TensorName.embeddingProjection).weight", bias: "\(TensorName.embeddingProjection).bias",
                outputs: hidden, inputs: width)
        let norms = try (0..<configuration.layerCount).map { number in
            (
                attention: try norm("encoder.layer.\(number).attention.output.LayerNorm", hidden),
                output: try norm("encoder.layer.\(number).output.LayerNorm", hidden)
            )
        }
        let first = embeddingProjection == nil ? embeddingNorm : nil
        // Packing takes as long as all else that a start needs, so the threads share it.
        let packed = Mutex([Result<Layer, any Error>?](repeating: nil, count: norms.count))
        team.perform(tasks: norms.count) { number in
            let result = Result {
                try Self.layer(
                    checkpoint, number, ahead,
                    norms: (
                        number == 0 ? first : norms[number - 1].output, norms[number].attention, norms[number].output
                    ), precision: precision)
            }
            packed.withLock { $0[number] = result }
        }
        layers = try packed.withLock { try $0.compactMap { try $0?.get() } }
    }

    private static func layer(
        _ checkpoint: Checkpoint, _ number: Int, _ ahead: PackedLayers?,
        norms: (before: LayerNorm?, attention: LayerNorm, output: LayerNorm),
        precision: Precision
    ) throws -> Layer {
        let hidden = checkpoint.configuration.hiddenSize
        let inner = checkpoint.configuration.intermediateSize
        if let ahead {
            return Layer(
                projections: try ahead.layer("\(number).projections", outputs: 3 * hidden, inputs: hidden),
                output: try ahead.layer("\(number).output", outputs: hidden, inputs: hidden),
                attentionNorm: norms.attention,
                expansion: try ahead.layer("\(number).expansion", outputs: inner, inputs: hidden),
                contraction: try ahead.layer("\(number).contraction", outputs: hidden, inputs: inner),
                outputNorm: norms.output)
        }
        let prefix = "encoder.layer.\(number)"
        try checkpoint.require("\(prefix).attention.self.query.weight", shape: [hidden, hidden])
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
        guard precision.hasCodes else {
            return Layer(
                projections: DenseLayer(weight: projections, bias: biases, precision: precision),
                output: DenseLayer(weight: output.weight, bias: output.bias, precision: precision),
                attentionNorm: norms.attention,
                expansion: DenseLayer(weight: expansion.weight, bias: expansion.bias, precision: precision),
                contraction: DenseLayer(weight: contraction.weight, bias: contraction.bias, precision: precision),
                outputNorm: norms.output)
        }
        let input = norms.before.map(ChannelStatistics.init)
        let context = input?.through(projections, rows: 2 * hidden..<3 * hidden, bias: biases)
        let attended = ChannelStatistics(norms.attention)
        var activated = attended.through(expansion.weight, rows: 0..<inner, bias: expansion.bias).throughGELU()
        // Columns of like size side by side share scales; the order of these is nobody else's business.
        let sizes = activated.sizes
        let order = (0..<inner).sorted { sizes[$0] < sizes[$1] }
        activated = activated[order]
        expansion = (expansion.weight.rows(order), expansion.bias.columns(order))
        contraction.weight = contraction.weight.columns(order)
        return Layer(
            projections: DenseLayer(weight: projections, bias: biases, precision: precision, inputs: input?.expected()),
            output: DenseLayer(
                weight: output.weight, bias: output.bias, precision: precision, inputs: context?.expected()),
            attentionNorm: norms.attention,
            expansion: DenseLayer(
                weight: expansion.weight, bias: expansion.bias, precision: precision, inputs: attended.expected()),
            contraction: DenseLayer(
                weight: contraction.weight, bias: contraction.bias, precision: precision,
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
        try require(name, shape: [rows, columns])
        let matrix = Matrix(rows: rows, columns: columns)
        try read(
            name, shape: [rows, columns], into: UnsafeMutableBufferPointer(start: matrix.pointer, count: matrix.count))
        return matrix
    }

    /// The tensor `name` of shape `[count]` as a matrix of one row.
    ///
    /// - Parameter orZeros: whether the model has no such tensor, and zeros take its place.
    public func vector(_ name: String, count: Int, orZeros: Bool = false) throws -> Matrix {
        if orZeros { return Matrix(rows: 1, columns: count) }
        try require(name, shape: [count])
        let matrix = Matrix(rows: 1, columns: count)
        try read(name, shape: [count], into: UnsafeMutableBufferPointer(start: matrix.pointer, count: count))
        return matrix
    }
}
