/// Which parts of an encoder have biases.
public struct EncoderBiases: Sendable, Equatable, Encodable {
    public let attention: Bool
    public let feedForward: Bool
    public let norms: Bool

    public static let all = EncoderBiases(attention: true, feedForward: true, norms: true)

    private init(attention: Bool, feedForward: Bool, norms: Bool) {
        self.attention = attention
        self.feedForward = feedForward
        self.norms = norms
    }

    /// Reads the fields of ModernBERT's `config.json`, which has none unless it says so.
    init(_ fields: JSONFields) throws {
        attention = try fields.bool("attention_bias") ?? false
        feedForward = try fields.bool("mlp_bias") ?? false
        norms = try fields.bool("norm_bias") ?? false
    }
}
