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
        ("is_encoder_decoder", "true", "the model is a decoder, not an encoder"),
        ("max_position_embeddings", "3", "3 is outside 4 to 1000000"),
        ("max_position_embeddings", "-1", "-1 is outside"),
        ("max_position_embeddings", "9223372036854775807", "is outside"),
        ("type_vocab_size", "0", "0 is outside 1 to 1024"),
        ("pruned_heads", "{\"0\": [1]}", "attention heads that were taken out"),
        ("quantization_config", "{\"quant_method\": \"gptq\"}", "weights in codes are not supported"),
        ("auto_map", "{\"AutoModel\": \"modeling.Own\"}", "the model has code of its own"),
        ("num_labels", "0", "0 is outside"),
        ("id2label", "{}", "0 labels are outside"),
        ("architectures", "[1]", "an array of strings should stand here"),
    ])
    func refusesInWords(field: String, value: String?, words: String) {
        let refusal = CheckpointFixtures.refusal { try read([field: value]) }
        #expect(refusal.contains("config.json: \"\(field)\": "))
        #expect(refusal.contains(words))
    }

    @Test func headsOfHugeWidthAreRefused() {
        let refusal = CheckpointFixtures.refusal { try read(["hidden_size": "2048"]) }
        #expect(refusal.contains("\"num_attention_heads\": heads of 2048 columns are wider than the 1024"))
    }

    @Test func emptyFieldsSayNothing() throws {
        let read = try read(["pruned_heads": "{}", "quantization_config": "null", "auto_map": "{}"])
        #expect(read.maxPositions == 8)
    }

    @Test func refusesWhatIsNoObject() throws {
        let path = try folder.write("config.json", "[]")
        #expect(
            CheckpointFixtures.refusal { try EncoderConfiguration(path: path) }.contains("should hold one JSON object"))
    }
}

/// What only some families' `config.json` states.
@Suite struct EncoderFamilyConfigurationTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func read(_ text: String) throws -> EncoderConfiguration {
        try EncoderConfiguration(path: folder.write("config.json", text))
    }

    private let sizes =
        #""hidden_size":8,"num_hidden_layers":4,"num_attention_heads":2,"intermediate_size":6,"#
        + #""vocab_size":10,"max_position_embeddings":34"#

    @Test func positionsOfRoBERTaBeginAfterThePadding() throws {
        for family in ["roberta", "xlm-roberta"] {
            let read = try read(#"{"model_type":"\#(family)",\#(sizes),"pad_token_id":3,"type_vocab_size":1}"#)
            #expect(read.maxPositions == 30 && read.positionOffset == 4 && read.typeVocabularySize == 1)
            let positions = read.tensors.first { $0.name.contains("position_embeddings") }
            #expect(positions?.shape == [34, 8])
        }
        #expect(try read(#"{"model_type":"roberta",\#(sizes)}"#).positionOffset == 2)
    }

    @Test func electrasEmbeddingsMayBeNarrower() throws {
        let read = try read(#"{"model_type":"electra",\#(sizes),"embedding_size":4}"#)
        #expect(read.embeddingSize == 4)
        #expect(read.tensors.contains { $0.name == "embeddings_project.weight" && $0.shape == [8, 4] })
        #expect(try self.read(#"{"model_type":"electra",\#(sizes)}"#).embeddingSize == 128)
    }

    @Test func distilbertHasItsOwnNamesAndNoSegments() throws {
        let read = try read(
            #"{"model_type":"distilbert","dim":8,"n_layers":1,"n_heads":2,"hidden_dim":6,"vocab_size":10,"#
                + #""max_position_embeddings":34,"activation":"relu"}"#)
        #expect(read.hiddenSize == 8 && read.activation == .relu && read.typeVocabularySize == 0)
        let refusal = CheckpointFixtures.refusal { try self.read(#"{"model_type":"distilbert",\#(sizes)}"#) }
        #expect(refusal.contains("\"dim\": is missing"))
    }

    @Test func modernbertsLayersAlternate() throws {
        let old = try read(
            #"{"model_type":"modernbert",\#(sizes),"global_attn_every_n_layers":2,"local_attention":10,"#
                + #""global_rope_theta":5000,"local_rope_theta":null,"norm_eps":1e-4}"#)
        // Stated as null, the local angles are the global ones; left out, they have a base of their own.
        #expect(
            old.rotary
                == RotaryAttention(
                    globalTheta: 5000, localTheta: 5000, reach: 5, isGlobal: [true, false, true, false]))
        let plain = try read(#"{"model_type":"modernbert",\#(sizes),"global_rope_theta":5000,"sliding_window":64}"#)
        #expect(plain.rotary?.localTheta == 10_000 && plain.rotary?.reach == 64)
        #expect(old.layerNormEpsilon == 1e-4)
        let new = try read(
            #"{"model_type":"modernbert",\#(sizes),"layer_types":["full_attention","full_attention","#
                + #""sliding_attention","sliding_attention"],"rope_parameters":{"full_attention":{"rope_type":"#
                + #""default","rope_theta":7.5},"sliding_attention":{"rope_theta":8}}}"#)
        #expect(
            new.rotary
                == RotaryAttention(globalTheta: 7.5, localTheta: 8, reach: 64, isGlobal: [true, true, false, false]))
    }

    @Test(arguments: [
        (#""layer_types":["full_attention"]"#, "names 1 layers, but there are 4"),
        (#""layer_types":["a","b","c","d"]"#, "\"a\" is not supported"),
        (#""rope_parameters":{"full_attention":{"rope_type":"yarn"}}"#, "\"yarn\" is not supported"),
        (#""rope_parameters":{"rope_theta":9}"#, "\"rope_parameters.rope_theta\": is not known here"),
        (#""rope_parameters":{"full_attention":{"factor":2}}"#, "\"rope_parameters.full_attention.factor\": is not"),
        (#""global_rope_theta":0"#, "0.0 is outside 1 to 1e12"),
        (#""local_rope_theta":0"#, "0.0 is outside 1 to 1e12"),
        (#""sliding_window":5"#, "5 is not half of local_attention, which is 64"),
        (#""rope_scaling":{}"#, "\"rope_scaling\": is not supported"),
        (#""classifier_pooling":"max""#, "\"max\" is not supported; supported are: cls, mean"),
        (#""classifier_activation":"silu""#, "\"silu\" is not supported"),
        (#""hidden_size":6"#, "heads of 3 columns cannot be turned in pairs"),
        (#""max_position_embeddings":100000"#, "100000 is outside 4 to 65536"),
    ])
    func modernbertsOtherFormsAreRefused(field: String, words: String) throws {
        // Of a key that stands twice there is no telling which counts, so the sizes make room.
        let key = String(field.prefix { $0 != ":" })
        let rest = sizes.split(separator: ",").filter { !$0.hasPrefix(key + ":") }.joined(separator: ",")
        let refusal = CheckpointFixtures.refusal { try read(#"{"model_type":"modernbert",\#(rest),\#(field)}"#) }
        #expect(refusal.contains(words), "\(refusal)")
    }
}
