import BERT
import Testing

@Suite struct EncoderConfigurationTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func read(_ changes: [String: String?]) throws -> EncoderConfiguration {
        try EncoderConfiguration(path: folder.write("config.json", ModelBuilder.json(changes)))
    }

    @Test func readsTheSizes() throws {
        let read = try read([
            "hidden_size": "12", "num_hidden_layers": "3", "num_attention_heads": "4", "layer_norm_eps": "1e-5",
            "architectures": "[\"BertModel\"]", "hidden_act": "\"gelu_new\"", "id2label": "{\"0\": \"LABEL_0\"}",
        ])
        let expected = EncoderConfiguration(
            hiddenSize: 12, layerCount: 3, headCount: 4, intermediateSize: 3, vocabularySize: 5, maxPositions: 8,
            typeVocabularySize: 2, layerNormEpsilon: 1e-5, activation: .geluTanh, labelCount: 1,
            architectures: ["BertModel"])
        #expect(read == expected)
        #expect(read.headSize == 3)
    }

    @Test func takesTransformersDefaultsForWhatIsOptional() throws {
        let read = try read([
            "type_vocab_size": nil, "layer_norm_eps": nil, "hidden_act": nil, "position_embedding_type": "null",
        ])
        #expect(read.typeVocabularySize == 2 && read.layerNormEpsilon == 1e-12 && read.activation == .gelu)
        #expect(read.labelCount == 2)
    }

    @Test(arguments: [("gelu_pytorch_tanh", EncoderActivation.geluTanh), ("relu", .relu), ("gelu", .gelu)])
    func readsActivations(name: String, activation: EncoderActivation) throws {
        #expect(try read(["hidden_act": "\"\(name)\""]).activation == activation)
    }

    @Test(arguments: [
        ("model_type", nil, "\"model_type\": is missing"),
        ("model_type", "\"gpt2\"", "the architecture \"gpt2\" is not supported; supported are: bert"),
        ("model_type", "7", "a string should stand here, not an integer"),
        ("hidden_size", nil, "\"hidden_size\": is missing"),
        ("hidden_size", "0", "0 is outside 1 to 16384"),
        ("hidden_size", "2.0", "an integer should stand here"),
        ("hidden_size", "9223372036854775808", "an integer should stand here"),
        ("num_hidden_layers", "100000", "100000 is outside 1 to 256"),
        ("num_attention_heads", "3", "3 heads do not divide a hidden size of 2"),
        ("num_attention_heads", "-1", "-1 is outside"),
        ("intermediate_size", "true", "an integer should stand here, not a boolean"),
        ("vocab_size", "null", "is missing"),
        ("max_position_embeddings", "1e3", "an integer should stand here"),
        ("layer_norm_eps", "0", "outside 0 (exclusive) to 0.1"),
        ("layer_norm_eps", "1e-60", "outside 0 (exclusive) to 0.1"),
        ("layer_norm_eps", "\"small\"", "a number should stand here, not a string"),
        ("hidden_act", "\"swish\"", "\"swish\" is not supported; supported are: gelu"),
        ("position_embedding_type", "\"relative_key\"", "\"relative_key\" is not supported; only \"absolute\" is"),
        ("is_decoder", "true", "the model is a decoder, not an encoder"),
        ("num_labels", "0", "0 is outside"),
        ("id2label", "{}", "0 labels are outside"),
        ("architectures", "[1]", "an array of strings should stand here"),
    ])
    func refusesInWords(field: String, value: String?, words: String) {
        let refusal = CheckpointFixtures.refusal { try read([field: value]) }
        #expect(refusal.contains("config.json: \"\(field)\": "))
        #expect(refusal.contains(words))
    }

    @Test func refusesWhatIsNoObject() throws {
        let path = try folder.write("config.json", "[]")
        #expect(
            CheckpointFixtures.refusal { try EncoderConfiguration(path: path) }.contains("should hold one JSON object"))
    }
}
