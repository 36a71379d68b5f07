/// The canonical names of tensors, by which a checkpoint is asked whatever program saved it: BERT's own for all
/// encoders in its form, ModernBERT's own for its layers.
package enum TensorName {
    package static let words = "embeddings.word_embeddings.weight"
    package static let positions = "embeddings.position_embeddings.weight"
    package static let segments = "embeddings.token_type_embeddings.weight"
    package static let embeddingNorm = "embeddings.LayerNorm"
    /// ELECTRA's layer from the embeddings' width to the encoder's.
    package static let embeddingProjection = "embeddings_project"
    /// ColBERT's projection `[dimensions, hidden]`.
    package static let colbertProjection = "colbert.linear.weight"
    package static let colbertBias = "colbert.linear.bias"
    /// How much a row of a query counts: a row over the hidden state, and a scalar.
    package static let colbertQueryWeight = "colbert.query.weight"
    package static let colbertQueryBias = "colbert.query.bias"
    /// TILDEv2's term weight: a row over the hidden state, and a scalar.
    package static let tildeWeight = "tildev2.weight"
    package static let tildeBias = "tildev2.bias"
    /// A hidden layer below it `[units, hidden]`, where there is one.
    package static let tildeHiddenWeight = "tildev2.hidden.weight"
    package static let tildeHiddenBias = "tildev2.hidden.bias"
    /// Passage expansion: the pieces that can be proposed, a layer `[units, hidden]`, and one `[pieces, units]`.
    package static let expansionPieces = "tildev2.expansion.pieces"
    package static let expansionHiddenWeight = "tildev2.expansion.hidden.weight"
    package static let expansionHiddenBias = "tildev2.expansion.hidden.bias"
    package static let expansionWeight = "tildev2.expansion.weight"
    package static let expansionBias = "tildev2.expansion.bias"
    /// What a query's pieces ask for, a sparse matrix by rows: where each piece's entries begin, their pieces and weights.
    package static let queryOffsets = "tildev2.query.offsets"
    package static let queryPieces = "tildev2.query.pieces"
    package static let queryWeights = "tildev2.query.weights"
    package static let classifierWeight = "classifier.weight"
    /// What stands between the encoder and the classifier, where it is not BERT's pooler.
    package static let classifierDense = "classifier.dense"
    package static let classifierNorm = "classifier.norm"

    private static let prefixes = [
        "bert.", "model.", "distilbert.", "electra.", "roberta.",
        // torch.compile's and DataParallel's, and sentence-transformers' around a whole model.
        "_orig_mod.", "module.", "auto_model.",
    ]
    private static let lastParts = ["gamma": "weight", "beta": "bias"]
    private static let heads = [
        // colbert-ai's HF_ColBERT and PyLate's 1_Dense.
        "linear.weight": colbertProjection,
        "linear.bias": colbertBias,
        // ielab's TILDEv2.
        "tok_proj.weight": tildeWeight,
        "tok_proj.bias": tildeBias,
    ]
    /// Beginnings of names, and what they are here; the first that fits counts.
    private static let beginnings = [
        // DistilBERT.
        ("transformer.layer.", "encoder.layer."), ("pre_classifier.", classifierDense + "."),
        // RoBERTa and ELECTRA.
        ("classifier.out_proj.", "classifier."),
        // ModernBERT.
        ("embeddings.tok_embeddings.", "embeddings.word_embeddings."), ("embeddings.norm.", embeddingNorm + "."),
        ("head.dense.", classifierDense + "."), ("head.norm.", classifierNorm + "."),
    ]
    /// Parts of the names of DistilBERT's layers.
    private static let layerParts = [
        ("attention.q_lin.", "attention.self.query."), ("attention.k_lin.", "attention.self.key."),
        ("attention.v_lin.", "attention.self.value."), ("attention.out_lin.", "attention.output.dense."),
        ("sa_layer_norm.", "attention.output.LayerNorm."), ("ffn.lin1.", "intermediate.dense."),
        ("ffn.lin2.", "output.dense."), ("output_layer_norm.", "output.LayerNorm."),
    ]

    /// The canonical form of a name in a file: without the prefixes of models (`bert.`) and of what wraps them
    /// (`_orig_mod.`), with TensorFlow's `gamma` and `beta` as `weight` and `bias`, each family's own names as BERT's,
    /// and a head's own name under which method it serves.
    package static func canonical(_ name: String) -> String {
        var rest = name[...]
        while let prefix = prefixes.first(where: rest.hasPrefix) { rest = rest.dropFirst(prefix.count) }
        if let dot = rest.lastIndex(of: "."), let part = lastParts[String(rest[rest.index(after: dot)...])] {
            rest = rest[...dot] + part
        }
        if let head = heads[String(rest)] { return head }
        guard let (own, here) = beginnings.first(where: { rest.hasPrefix($0.0) }) else { return String(rest) }
        let end = rest.dropFirst(own.count)
        guard own == "transformer.layer.", let dot = end.firstIndex(of: ".") else { return here + end }
        let part = end[end.index(after: dot)...]
        guard let (distil, bert) = layerParts.first(where: { part.hasPrefix($0.0) }) else { return here + end }
        return here + end[...dot] + bert + part.dropFirst(distil.count)
    }

    /// The canonical shape of a tensor: TILDEv2's linear layer of one output is a row and a scalar.
    package static func canonicalShape(_ shape: [Int], of name: String) -> [Int] {
        name == tildeWeight || name == tildeBias ? shape.filter { $0 != 1 } : shape
    }
}
