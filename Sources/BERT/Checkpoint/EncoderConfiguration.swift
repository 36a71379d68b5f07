/// The sizes of an encoder, as a Hugging Face `config.json` states them.
public struct EncoderConfiguration: Sendable, Equatable, Encodable {
    public let architecture: EncoderArchitecture
    /// The transformers classes that the checkpoint was saved from (`BertForSequenceClassification`); may be empty.
    public let architectures: [String]
    /// Columns of a hidden state.
    public let hiddenSize: Int
    /// Columns of the embeddings; where they are not `hiddenSize`, a dense layer leads from one to the other (ELECTRA).
    public let embeddingSize: Int
    public let layerCount: Int
    /// Attention heads of a layer; they divide `hiddenSize`.
    public let headCount: Int
    /// Columns between the two layers of the feed-forward block.
    public let intermediateSize: Int
    /// Rows of the word embeddings.
    public let vocabularySize: Int
    /// The most pieces that a sequence may have: the rows of the position embeddings after `positionOffset`.
    public let maxPositions: Int
    /// The row of the position embeddings that the first piece takes: 0, or one past the padding piece's id (RoBERTa).
    public let positionOffset: Int
    /// Rows of the token type (segment) embeddings; 0 where there are none.
    public let typeVocabularySize: Int
    /// Where positions are rotary instead of embedded.
    public let rotary: RotaryAttention?
    public let biases: EncoderBiases
    public let layerNormEpsilon: Float
    public let activation: EncoderActivation
    /// Outputs of a classifier, where the checkpoint has one; 2 where the file does not say, as in transformers.
    public let labelCount: Int
    /// How a classifier's head comes by its score.
    public let classifier: ClassifierForm

    /// The fewest positions of a model that can be used: `[CLS]`, a marker, a piece and `[SEP]`.
    package static let leastPositions = 4
    /// The most columns of an attention head.
    private static let mostHeadColumns = 1_024

    /// Columns of one attention head.
    public var headSize: Int { hiddenSize / headCount }

    /// Columns that the activations between the two layers of a feed-forward block need, and the embeddings where they
    /// are brought to another width.
    var innerColumns: Int {
        // Gates stand beside what they multiply.
        max(rotary == nil ? intermediateSize : 2 * intermediateSize, embeddingSize == hiddenSize ? 0 : embeddingSize)
    }

    public init(
        hiddenSize: Int, layerCount: Int, headCount: Int, intermediateSize: Int, vocabularySize: Int,
        maxPositions: Int = 512, typeVocabularySize: Int = 2, layerNormEpsilon: Float = 1e-12,
        activation: EncoderActivation = .gelu, labelCount: Int = 2, architectures: [String] = []
    ) {
        precondition(headCount > 0 && hiddenSize % headCount == 0)
        architecture = .bert
        self.architectures = architectures
        self.hiddenSize = hiddenSize
        embeddingSize = hiddenSize
        self.layerCount = layerCount
        self.headCount = headCount
        self.intermediateSize = intermediateSize
        self.vocabularySize = vocabularySize
        self.maxPositions = maxPositions
        positionOffset = 0
        self.typeVocabularySize = typeVocabularySize
        rotary = nil
        biases = .all
        self.layerNormEpsilon = layerNormEpsilon
        self.activation = activation
        self.labelCount = labelCount
        classifier = .bert
    }

    /// Reads a `config.json`.
    ///
    /// - Throws: `CheckpointError` that names the field which is missing, out of range or not supported.
    public init(path: String) throws {
        let fields = try JSONFields(file: path)
        architecture = try Self.architecture(fields)
        architectures = try fields.strings("architectures") ?? []
        try Self.refuseUnsupported(fields)
        let names = architecture.fieldNames
        hiddenSize = try fields.requiredInteger(names.hiddenSize, in: 1...16_384)
        layerCount = try fields.requiredInteger(names.layerCount, in: 1...256)
        headCount = try fields.requiredInteger(names.headCount, in: 1...1_024)
        intermediateSize = try fields.requiredInteger(names.intermediateSize, in: 1...131_072)
        vocabularySize = try fields.requiredInteger("vocab_size", in: 1...4_000_000)
        embeddingSize =
            architecture == .electra ? try fields.integer("embedding_size", in: 1...16_384) ?? 128 : hiddenSize
        let isRoBERTa = architecture == .roberta || architecture == .xlmRoberta
        positionOffset = isRoBERTa ? (try fields.integer("pad_token_id", in: 0...1_000) ?? 1) + 1 : 0
        let leastPositions = Self.leastPositions + positionOffset
        // Rotary positions have a table of angles.
        let mostPositions = architecture.isRotary ? 65_536 : 1_000_000
        maxPositions =
            try fields.requiredInteger("max_position_embeddings", in: leastPositions...mostPositions) - positionOffset
        typeVocabularySize =
            architecture.hasSegments ? try fields.integer("type_vocab_size", in: 1...1_024) ?? 2 : 0
        rotary = architecture.isRotary ? try RotaryAttention(fields, layerCount: layerCount) : nil
        biases = architecture.isRotary ? try EncoderBiases(fields) : .all
        layerNormEpsilon = try Self.epsilon(fields, names)
        activation = try Self.activation(fields, names.activation)
        classifier = try ClassifierForm(architecture, fields)
        labelCount = try Self.labelCount(fields)
        guard hiddenSize % headCount == 0 else {
            throw fields.error(names.headCount, "\(headCount) heads do not divide a hidden size of \(hiddenSize)")
        }
        guard hiddenSize / headCount <= Self.mostHeadColumns else {
            throw fields.error(
                names.headCount,
                "heads of \(hiddenSize / headCount) columns are wider than the \(Self.mostHeadColumns) that are supported"
            )
        }
        guard rotary == nil || hiddenSize / headCount % 2 == 0 else {
            throw fields.error(names.headCount, "heads of \(hiddenSize / headCount) columns cannot be turned in pairs")
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
        for key in ["is_decoder", "add_cross_attention", "is_encoder_decoder"] where try fields.bool(key) == true {
            throw fields.error(key, "the model is a decoder, not an encoder")
        }
        for (key, message, remedy) in unsupported {
            switch fields.value(key) {
            case nil, .object([:]): continue
            default: throw fields.error(key, message, remedy: remedy)
            }
        }
    }

    /// What makes other numbers of the same tensors, and is empty or absent in the models that are supported.
    private static let unsupported = [
        ("pruned_heads", "attention heads that were taken out are not supported", "save the model with all heads"),
        (
            "quantization_config", "weights in codes are not supported",
            "save the model in floats, which `passerine models quantize` packs"
        ),
        (
            "auto_map", "the model has code of its own, which is not run",
            "where its classes are transformers' own after all, take this key out"
        ),
    ]

    private static func epsilon(_ fields: JSONFields, _ names: EncoderArchitecture.FieldNames) throws -> Float {
        guard let key = names.epsilon else { return Float(names.defaultEpsilon) }
        let epsilon = try fields.number(key) ?? names.defaultEpsilon
        guard epsilon > 0, epsilon <= 0.1, Float(epsilon) > 0 else {
            throw fields.error(key, "\(epsilon) is outside 0 (exclusive) to 0.1")
        }
        return Float(epsilon)
    }

    static func activation(_ fields: JSONFields, _ key: String) throws -> EncoderActivation {
        let name = try fields.string(key) ?? "gelu"
        guard let activation = EncoderActivation(transformersName: name) else {
            throw fields.error(
                key, "\(CheckpointError.quoted(name)) is not supported",
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
