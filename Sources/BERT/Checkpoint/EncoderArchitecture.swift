/// The encoders that can be built, by the `model_type` of their `config.json`.
///
/// This is the one list of them: whatever is not here is refused, in words that name those that are.
public enum EncoderArchitecture: String, Sendable, CaseIterable, Codable {
    /// BERT (Devlin et al. 2019), MiniLM and other encoders in BERT's form.
    case bert
    /// BERT's form without segments (Sanh et al. 2019).
    case distilbert
    /// BERT's form with embeddings that may be narrower than the layers (Clark et al. 2020).
    case electra
    /// BERT's form with positions counted from after the padding's (Liu et al. 2019).
    case roberta
    /// RoBERTa over many languages (Conneau et al. 2020).
    case xlmRoberta = "xlm-roberta"
    /// Normalisation before each block, rotary positions, local attention, gated feed-forward blocks (Warner et al.
    /// 2024, arXiv:2412.13663).
    case modernbert

    /// Whether positions are turned into queries and keys instead of being added to the embeddings.
    var isRotary: Bool { self == .modernbert }

    /// Whether a segment is added to the embeddings.
    var hasSegments: Bool { self != .distilbert && !isRotary }

    /// The names that `config.json` gives to what all encoders have.
    var fieldNames: FieldNames {
        switch self {
        case .distilbert:
            FieldNames(
                hiddenSize: "dim", layerCount: "n_layers", headCount: "n_heads", intermediateSize: "hidden_dim",
                activation: "activation", epsilon: nil)
        case .modernbert: FieldNames(activation: "hidden_activation", epsilon: "norm_eps", defaultEpsilon: 1e-5)
        case .bert, .electra, .roberta, .xlmRoberta: FieldNames()
        }
    }

    struct FieldNames {
        var hiddenSize = "hidden_size"
        var layerCount = "num_hidden_layers"
        var headCount = "num_attention_heads"
        var intermediateSize = "intermediate_size"
        var activation = "hidden_act"
        /// Nil where transformers' code has it, not the file.
        var epsilon: String? = "layer_norm_eps"
        /// Where the file does not state one, as in transformers.
        var defaultEpsilon = 1e-12
    }
}
