/// The sizes of an encoder, as a Hugging Face `config.json` states them.
public struct EncoderConfiguration: Sendable, Equatable, Encodable {
    public let architecture: EncoderArchitecture
    /// The transformers classes that the checkpoint was saved from (`BertForSequenceClassification`); may be empty.
    public let architectures: [String]
    /// Columns of a hidden state.
    public let hiddenSize: Int
    public let layerCount: Int
    /// Attention heads of a layer; they divide `hiddenSize`.
    public let headCount: Int
    /// Columns between the two layers of the feed-forward block.
    public let intermediateSize: Int
    /// Rows of the word embeddings.
    public let vocabularySize: Int
    /// Rows of the position embeddings: the most pieces that a sequence may have.
    public let maxPositions: Int
    /// Rows of the token type (segment) embeddings.
    public let typeVocabularySize: Int
    public let layerNormEpsilon: Float
    public let activation: EncoderActivation
    /// Outputs of a classifier, where the checkpoint has one; 2 where the file does not say, as in transformers.
    public let labelCount: Int

    /// Columns of one attention head.
    public var headSize: Int { hiddenSize / headCount }

    public init(
        hiddenSize: Int, layerCount: Int, headCount: Int, intermediateSize: Int, vocabularySize: Int,
        maxPositions: Int = 512, typeVocabularySize: Int = 2, layerNormEpsilon: Float = 1e-12,
        activation: EncoderActivation = .gelu, labelCount: Int = 2, architectures: [String] = []
    ) {
        precondition(headCount > 0 && hiddenSize % headCount == 0)
        self.architecture = .bert
        self.architectures = architectures
        self.hiddenSize = hiddenSize
        self.layerCount = layerCount
        self.headCount = headCount
        self.intermediateSize = intermediateSize
        self.vocabularySize = vocabularySize
        self.maxPositions = maxPositions
        self.typeVocabularySize = typeVocabularySize
        self.layerNormEpsilon = layerNormEpsilon
        self.activation = activation
        self.labelCount = labelCount
    }

    /// Reads a `config.json`.
    ///
    /// - Throws: `CheckpointError` that names the field which is missing, out of range or not supported.
    public init(path: String) throws {
        let fields = try JSONFields(file: path)
        architecture = try Self.architecture(fields)
        architectures = try fields.strings("architectures") ?? []
        try Self.refuseUnsupported(fields)
        hiddenSize = try fields.requiredInteger("hidden_size", in: 1...16_384)
        layerCount = try fields.requiredInteger("num_hidden_layers", in: 1...256)
        headCount = try fields.requiredInteger("num_attention_heads", in: 1...1_024)
        intermediateSize = try fields.requiredInteger("intermediate_size", in: 1...131_072)
        vocabularySize = try fields.requiredInteger("vocab_size", in: 1...4_000_000)
        maxPositions = try fields.requiredInteger("max_position_embeddings", in: 3...1_000_000)
        typeVocabularySize = try fields.integer("type_vocab_size", in: 1...1_024) ?? 2
        layerNormEpsilon = try Self.epsilon(fields)
        activation = try Self.activation(fields)
        labelCount = try Self.labelCount(fields)
        guard hiddenSize % headCount == 0 else {
            throw fields.error("num_attention_heads", "\(headCount) heads do not divide a hidden size of \(hiddenSize)")
        }
    }

    private static func architecture(_ fields: JSONFields) throws -> EncoderArchitecture {
        let supported = EncoderArchitecture.allCases.map(\.rawValue).joined(separator: ", ")
        guard let name = try fields.string("model_type") else {
            throw fields.error("model_type", "is missing", remedy: "it should name one of: \(supported)")
        }
        guard let architecture = EncoderArchitecture(rawValue: name) else {
            throw fields.error(
                "model_type", "the architecture \(CheckpointError.quoted(name)) is not supported",
                remedy: "supported are: \(supported)")
        }
        return architecture
    }

    private static func refuseUnsupported(_ fields: JSONFields) throws {
        let positions = try fields.string("position_embedding_type") ?? "absolute"
        guard positions == "absolute" else {
            throw fields.error(
                "position_embedding_type", "\(CheckpointError.quoted(positions)) is not supported",
                remedy: "only \"absolute\" is")
        }
        for key in ["is_decoder", "add_cross_attention"] where try fields.bool(key) == true {
            throw fields.error(key, "the model is a decoder, not an encoder")
        }
    }

    private static func epsilon(_ fields: JSONFields) throws -> Float {
        let epsilon = try fields.number("layer_norm_eps") ?? 1e-12
        guard epsilon > 0, epsilon <= 0.1, Float(epsilon) > 0 else {
            throw fields.error("layer_norm_eps", "\(epsilon) is outside 0 (exclusive) to 0.1")
        }
        return Float(epsilon)
    }

    private static func activation(_ fields: JSONFields) throws -> EncoderActivation {
        let name = try fields.string("hidden_act") ?? "gelu"
        guard let activation = EncoderActivation(transformersName: name) else {
            throw fields.error(
                "hidden_act", "\(CheckpointError.quoted(name)) is not supported",
                remedy: "supported are: gelu, gelu_new, gelu_pytorch_tanh, relu")
        }
        return activation
    }

    private static func labelCount(_ fields: JSONFields) throws -> Int {
        if let count = try fields.integer("num_labels", in: 1...100_000) { return count }
        guard let labels = try fields.object("id2label") else { return 2 }
        guard (1...100_000).contains(labels.members.count) else {
            throw fields.error("id2label", "\(labels.members.count) labels are outside 1 to 100000")
        }
        return labels.members.count
    }
}
