/// How a classifier turns a sequence's states into scores: `classifier · norm?(activation(dense · pooled))`.
public struct ClassifierForm: Sendable, Equatable, Encodable {
    /// What the head starts from.
    public enum Pooling: String, Sendable, Encodable {
        /// The state of the first piece.
        case cls
        /// The mean of all states.
        case mean
    }

    public enum Activation: String, Sendable, Encodable {
        case tanh
        case gelu
        case geluTanh = "gelu_tanh"
        case relu

        init(_ activation: EncoderActivation) {
            switch activation {
            case .gelu: self = .gelu
            case .geluTanh: self = .geluTanh
            case .relu: self = .relu
            }
        }
    }

    public let pooling: Pooling
    public let activation: Activation
    /// The canonical name of the dense layer's tensors, without `.weight`.
    public let dense: String
    public let denseHasBias: Bool
    /// Whether the dense layer's result is normalised, and whether that has a bias.
    public let hasNorm: Bool
    public let normHasBias: Bool

    /// BERT's pooler.
    static let bert = ClassifierForm(activation: .tanh, dense: "pooler.dense")

    private init(
        pooling: Pooling = .cls, activation: Activation, dense: String = TensorName.classifierDense,
        denseHasBias: Bool = true, hasNorm: Bool = false, normHasBias: Bool = false
    ) {
        self.pooling = pooling
        self.activation = activation
        self.dense = dense
        self.denseHasBias = denseHasBias
        self.hasNorm = hasNorm
        self.normHasBias = normHasBias
    }

    /// The form of each family; ModernBERT's has settings.
    init(_ architecture: EncoderArchitecture, _ fields: JSONFields) throws {
        switch architecture {
        case .bert: self = .bert
        case .roberta, .xlmRoberta: self.init(activation: .tanh)
        case .electra: self.init(activation: .gelu)
        case .distilbert: self.init(activation: .relu)
        case .modernbert:
            let name = try fields.string("classifier_pooling") ?? Pooling.cls.rawValue
            guard let pooling = Pooling(rawValue: name) else {
                throw fields.error(
                    "classifier_pooling", "\(CheckpointError.quoted(name)) is not supported",
                    remedy: "supported are: cls, mean")
            }
            self.init(
                pooling: pooling,
                activation: Activation(try EncoderConfiguration.activation(fields, "classifier_activation")),
                denseHasBias: try fields.bool("classifier_bias") ?? false, hasNorm: true,
                normHasBias: try fields.bool("norm_bias") ?? false)
        }
    }

    /// The tensors of the head, with their canonical shapes.
    package func tensors(hidden: Int, labels: Int) -> [(name: String, shape: [Int])] {
        var tensors = [
            (TensorName.classifierWeight, [labels, hidden]), ("classifier.bias", [labels]),
            (dense + ".weight", [hidden, hidden]),
        ]
        if denseHasBias { tensors.append((dense + ".bias", [hidden])) }
        if hasNorm { tensors.append((TensorName.classifierNorm + ".weight", [hidden])) }
        if normHasBias { tensors.append((TensorName.classifierNorm + ".bias", [hidden])) }
        return tensors
    }
}
