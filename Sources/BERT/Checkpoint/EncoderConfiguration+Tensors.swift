extension EncoderConfiguration {
    /// The canonical name and shape of every tensor that the encoder itself needs, heads and pooler apart.
    package var tensors: [(name: String, shape: [Int])] {
        rotary == nil ? tensorsInBERTsForm : tensorsInModernBERTsForm
    }

    private var tensorsInBERTsForm: [(name: String, shape: [Int])] {
        let (wide, inner) = (hiddenSize, intermediateSize)
        func normalisation(_ name: String, _ size: Int) -> [(String, [Int])] {
            [(name + ".weight", [size]), (name + ".bias", [size])]
        }
        func dense(_ name: String, _ rows: Int, _ columns: Int) -> [(String, [Int])] {
            [(name + ".weight", [rows, columns]), (name + ".bias", [rows])]
        }
        var tensors = [
            (TensorName.words, [vocabularySize, embeddingSize]),
            (TensorName.positions, [positionOffset + maxPositions, embeddingSize]),
        ]
        if typeVocabularySize > 0 { tensors.append((TensorName.segments, [typeVocabularySize, embeddingSize])) }
        tensors += normalisation(TensorName.embeddingNorm, embeddingSize)
        if embeddingSize != wide { tensors += dense(TensorName.embeddingProjection, wide, embeddingSize) }
        for layer in 0..<layerCount {
            let prefix = "encoder.layer.\(layer)."
            for projection in ["query", "key", "value"] {
                tensors += dense(prefix + "attention.self." + projection, wide, wide)
            }
            tensors += dense(prefix + "attention.output.dense", wide, wide)
            tensors += normalisation(prefix + "attention.output.LayerNorm", wide)
            tensors += dense(prefix + "intermediate.dense", inner, wide)
            tensors += dense(prefix + "output.dense", wide, inner)
            tensors += normalisation(prefix + "output.LayerNorm", wide)
        }
        return tensors
    }

    private var tensorsInModernBERTsForm: [(name: String, shape: [Int])] {
        let (wide, inner) = (hiddenSize, intermediateSize)
        func part(_ name: String, _ shape: [Int], bias: Bool) -> [(String, [Int])] {
            [(name + ".weight", shape)] + (bias ? [(name + ".bias", [shape[0]])] : [])
        }
        var tensors = [(TensorName.words, [vocabularySize, wide])]
        tensors += part(TensorName.embeddingNorm, [wide], bias: biases.norms)
        for layer in 0..<layerCount {
            let prefix = "layers.\(layer)."
            // The embeddings have just been normalised.
            if layer > 0 { tensors += part(prefix + "attn_norm", [wide], bias: biases.norms) }
            tensors += part(prefix + "attn.Wqkv", [3 * wide, wide], bias: biases.attention)
            tensors += part(prefix + "attn.Wo", [wide, wide], bias: biases.attention)
            tensors += part(prefix + "mlp_norm", [wide], bias: biases.norms)
            tensors += part(prefix + "mlp.Wi", [2 * inner, wide], bias: biases.feedForward)
            tensors += part(prefix + "mlp.Wo", [wide, inner], bias: biases.feedForward)
        }
        return tensors + part("final_norm", [wide], bias: biases.norms)
    }
}
