/// The function between the two layers of an encoder's feed-forward block.
public enum EncoderActivation: String, Sendable, Codable {
    /// `x · Φ(x)`, exact.
    case gelu
    /// GELU by its tanh approximation.
    case geluTanh = "gelu_tanh"
    case relu

    /// The activation under its name in transformers (`hidden_act`); nil for one that is not supported.
    package init?(transformersName name: String) {
        switch name {
        case "gelu": self = .gelu
        case "gelu_new", "gelu_pytorch_tanh": self = .geluTanh
        case "relu": self = .relu
        default: return nil
        }
    }
}
