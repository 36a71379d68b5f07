import LinearAlgebra

/// The parameters of a BERT encoder as floats, laid out for packed products.
struct EncoderWeights: Sendable {
    /// A dense layer `y = x · weightᵀ + bias`: weight `[out, in]`, bias `[1, out]`.
    struct Dense: Sendable {
        let weight: Matrix
        let bias: Matrix
    }

    struct LayerNorm: Sendable {
        let gain: Matrix
        let shift: Matrix
    }

    struct Layer: Sendable {
        /// Query, key and value projections one below the other, `[3H, H]`, so that one product makes all three.
        let projections: Dense
        let output: Dense
        let attentionNorm: LayerNorm
        let expansion: Dense
        let contraction: Dense
        let outputNorm: LayerNorm
    }

    let words: Matrix
    let positions: Matrix
    let segments: Matrix
    let embeddingNorm: LayerNorm
    let layers: [Layer]

    /// Reads every tensor from `checkpoint`; throws `CheckpointError` where one is missing or has another shape.
    init(_ checkpoint: Checkpoint) throws {
        let configuration = checkpoint.configuration
        let hidden = configuration.hiddenSize
        let inner = configuration.intermediateSize

        func matrix(_ name: String, _ rows: Int, _ columns: Int) throws -> Matrix {
            try checkpoint.matrix(name, rows: rows, columns: columns)
        }
        func vector(_ name: String, _ count: Int) throws -> Matrix {
            try checkpoint.vector(name, count: count)
        }
        func dense(_ name: String, out: Int, in input: Int) throws -> Dense {
            Dense(weight: try matrix("\(name).weight", out, input), bias: try vector("\(name).bias", out))
        }
        func norm(_ name: String) throws -> LayerNorm {
            LayerNorm(gain: try vector("\(name).weight", hidden), shift: try vector("\(name).bias", hidden))
        }
        func stacked(_ parts: [Dense]) -> Dense {
            let rows = parts.reduce(0) { $0 + $1.weight.rows }
            let weight = Matrix(rows: rows, columns: hidden)
            let bias = Matrix(rows: 1, columns: rows)
            var row = 0
            for part in parts {
                weight.pointer.advanced(by: row * hidden).update(from: part.weight.pointer, count: part.weight.count)
                bias.pointer.advanced(by: row).update(from: part.bias.pointer, count: part.bias.count)
                row += part.weight.rows
            }
            return Dense(weight: weight, bias: bias)
        }

        words = try matrix("embeddings.word_embeddings.weight", configuration.vocabularySize, hidden)
        positions = try matrix("embeddings.position_embeddings.weight", configuration.maxPositions, hidden)
        segments = try matrix("embeddings.token_type_embeddings.weight", configuration.typeVocabularySize, hidden)
        embeddingNorm = try norm("embeddings.LayerNorm")
        layers = try (0..<configuration.layerCount).map { number in
            let prefix = "encoder.layer.\(number)"
            return Layer(
                projections: stacked(
                    try ["query", "key", "value"].map {
                        try dense("\(prefix).attention.self.\($0)", out: hidden, in: hidden)
                    }),
                output: try dense("\(prefix).attention.output.dense", out: hidden, in: hidden),
                attentionNorm: try norm("\(prefix).attention.output.LayerNorm"),
                expansion: try dense("\(prefix).intermediate.dense", out: inner, in: hidden),
                contraction: try dense("\(prefix).output.dense", out: hidden, in: inner),
                outputNorm: try norm("\(prefix).output.LayerNorm"))
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
