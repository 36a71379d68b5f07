extension EncoderConfiguration {
    /// The canonical name and shape of every tensor that the encoder itself needs, heads and pooler apart.
    package var tensors: [(name: String, shape: [Int])] {
        let (wide, inner) = (hiddenSize, intermediateSize)
        func normalisation(_ name: String) -> [(String, [Int])] {
            [(name + ".weight", [wide]), (name + ".bias", [wide])]
        }
        func dense(_ name: String, _ rows: Int, _ columns: Int) -> [(String, [Int])] {
            [(name + ".weight", [rows, columns]), (name + ".bias", [rows])]
        }
        var tensors = [
            ("embeddings.word_embeddings.weight", [vocabularySize, wide]),
            ("embeddings.position_embeddings.weight", [maxPositions, wide]),
            ("embeddings.token_type_embeddings.weight", [typeVocabularySize, wide]),
        ]
        tensors += normalisation("embeddings.LayerNorm")
        for layer in 0..<layerCount {
            let prefix = "encoder.layer.\(layer)."
            for projection in ["query", "key", "value"] {
                tensors += dense(prefix + "attention.self." + projection, wide, wide)
            }
            tensors += dense(prefix + "attention.output.dense", wide, wide)
            tensors += normalisation(prefix + "attention.output.LayerNorm")
            tensors += dense(prefix + "intermediate.dense", inner, wide)
            tensors += dense(prefix + "output.dense", wide, inner)
            tensors += normalisation(prefix + "output.LayerNorm")
        }
        return tensors
    }
}
