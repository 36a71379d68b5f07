import BERT
import Testing

@Suite struct CheckpointTests {
    typealias Tensor = ModelBuilder.Tensor

    private func checkpoint(_ tensors: [Tensor]) throws -> (Checkpoint, ScratchFolder) {
        let folder = try ModelBuilder.folder(tensors)
        return (try Checkpoint(folder: folder.path), folder)
    }

    @Test(arguments: [
        ("bert.encoder.layer.0.output.LayerNorm.gamma", "encoder.layer.0.output.LayerNorm.weight"),
        ("model.embeddings.LayerNorm.beta", "embeddings.LayerNorm.bias"),
        ("encoder.layer.0.output.dense.bias", "encoder.layer.0.output.dense.bias"),
        ("model.bert.pooler.dense.weight", "pooler.dense.weight"),
        ("cls.predictions.transform.LayerNorm.gamma", "cls.predictions.transform.LayerNorm.weight"),
        ("linear.weight", "colbert.linear.weight"),
        ("colbert.linear.weight", "colbert.linear.weight"),
        ("tok_proj.bias", "tildev2.bias"),
        ("gamma", "gamma"),
        ("_orig_mod.bert.pooler.dense.weight", "pooler.dense.weight"),
        ("module.encoder.layer.0.output.dense.bias", "encoder.layer.0.output.dense.bias"),
        ("_orig_mod.module.model.layers.0.attn.Wo.weight", "layers.0.attn.Wo.weight"),
    ])
    func namesAreCanonical(inFile: String, canonical: String) throws {
        let (checkpoint, folder) = try checkpoint([ModelBuilder.tensor(inFile, [2], from: 3)])
        #expect(checkpoint.tensorNames == [canonical])
        #expect(checkpoint.has(canonical))
        #expect(try checkpoint.floats(canonical, shape: [2]) == [3, 4])
        withExtendedLifetime(folder) {}
    }

    @Test func tildesOwnHeadIsARowAndAScalar() throws {
        let (checkpoint, folder) = try checkpoint([("tok_proj.weight", [1, 2], [1, 2]), ("tok_proj.bias", [1], [3])])
        #expect(try checkpoint.floats("tildev2.weight", shape: [2]) == [1, 2])
        #expect(try checkpoint.floats("tildev2.bias", shape: []) == [3])
        withExtendedLifetime(folder) {}
    }

    @Test func refusesMissingTensorsAndOtherShapes() throws {
        let (checkpoint, folder) = try checkpoint([ModelBuilder.tensor("bert.a.weight", [2, 3])])
        #expect(
            CheckpointFixtures.refusal { try checkpoint.floats("b", shape: [1]) }
                .contains("model.safetensors: tensor \"b\": is missing"))
        for shape in [[3, 2], [6], [2, 3, 1], []] {
            let refusal = CheckpointFixtures.refusal { try checkpoint.floats("a.weight", shape: shape) }
            #expect(refusal.contains("tensor \"bert.a.weight\": has the shape [2, 3]"))
            #expect(refusal.contains("ask for \(shape)"))
        }
        #expect(CheckpointFixtures.refusal { try checkpoint.shape(of: "b") }.contains("is missing"))
        #expect(try checkpoint.shape(of: "a.weight") == [2, 3])
        withExtendedLifetime(folder) {}
    }

    @Test(arguments: 0..<4) func everyWayToReadGivesTheSame(padding: Int) throws {
        let folder = try ModelBuilder.folder([])
        let tensors = [ModelBuilder.tensor("a", [2, 2], from: 5)]
        try folder.write("model.safetensors", SafetensorsBuilder.floats(tensors, padding: padding))
        let checkpoint = try Checkpoint(folder: folder.path)
        #expect(try checkpoint.withFloats("a", shape: [2, 2]) { Array($0) } == [5, 6, 7, 8])
        var floats = [Float](repeating: 0, count: 4)
        try floats.withUnsafeMutableBufferPointer { try checkpoint.read("a", shape: [2, 2], into: $0) }
        #expect(floats == [5, 6, 7, 8])
        #expect(throws: CheckpointError.self) {
            try floats.withUnsafeMutableBufferPointer {
                try checkpoint.read("a", shape: [2, 2], into: UnsafeMutableBufferPointer(rebasing: $0[..<3]))
            }
        }
    }

    @Test func refusesTwoTensorsOfOneName() throws {
        let refusal = CheckpointFixtures.refusal {
            try checkpoint([ModelBuilder.tensor("bert.a", [1]), ModelBuilder.tensor("a", [1])])
        }
        #expect(refusal.contains("is the same tensor as"))
    }

    @Test func anUnknownPrefixIsNamed() throws {
        let (checkpoint, folder) = try checkpoint([ModelBuilder.tensor("student.b.weight", [1])])
        #expect(
            CheckpointFixtures.refusal { try checkpoint.floats("b.weight", shape: [1]) }
                .contains("is missing; the file has \"student.b.weight\""))
        withExtendedLifetime(folder) {}
    }

    @Test(arguments: [(Float.nan, "not a number (NaN)"), (.infinity, "infinite"), (-.infinity, "infinite")])
    func weightsThatAreNotFiniteAreRefused(value: Float, words: String) throws {
        var elements = [Float](repeating: 1, count: 6)
        elements[5] = value
        let (checkpoint, folder) = try checkpoint([("bert.a", [2, 3], elements), ("b", [], [value])])
        var memory = elements
        let refusals = [
            CheckpointFixtures.refusal { try checkpoint.floats("a", shape: [2, 3]) },
            CheckpointFixtures.refusal { try checkpoint.matrix("a", rows: 2, columns: 3) },
            CheckpointFixtures.refusal { try checkpoint.withFloats("a", shape: [2, 3]) { $0.count } },
            CheckpointFixtures.refusal {
                try memory.withUnsafeMutableBufferPointer { try checkpoint.read("a", shape: [2, 3], into: $0) }
            },
        ]
        for refusal in refusals {
            #expect(refusal.contains("model.safetensors: tensor \"bert.a\": element [1, 2] is \(words)"), "\(refusal)")
        }
        #expect(
            CheckpointFixtures.refusal { try checkpoint.floats("b", shape: []) }.contains("its value is \(words)"))
        withExtendedLifetime(folder) {}
    }

    /// As tables of embeddings are read: copied part by part.
    @Test func halvesThatAreNotFiniteAreRefused() throws {
        let (rows, columns) = (300, 256)
        for place in [0, 32_767, 32_768, rows * columns - 1] {
            var halves = [UInt16](repeating: Float16(0.5).bitPattern, count: rows * columns)
            let header = #"{"a":{"dtype":"F16","shape":[300,256],"data_offsets":[0,153600]}}"#
            let folder = try ModelBuilder.folder([])
            func write() throws {
                let file =
                    SafetensorsBuilder.file(header: header, dataLength: 0)
                    + halves.flatMap(
                        SafetensorsBuilder.littleEndian)
                try folder.write("model.safetensors", file)
            }
            try write()
            let sound = try Checkpoint(folder: folder.path).halves("a", shape: [rows, columns])
            #expect(sound?.count == 153_600)
            halves[place] = Float16.infinity.bitPattern
            try write()
            let refusal = CheckpointFixtures.refusal {
                try Checkpoint(folder: folder.path).halves("a", shape: [rows, columns])
            }
            #expect(refusal.contains("tensor \"a\": element [\(place / columns), \(place % columns)] is infinite"))
        }
    }

    @Test func readsHeadsBesideTheEncoder() throws {
        let folder = try ModelBuilder.folder([ModelBuilder.tensor("a", [1])])
        try folder.write(
            "heads.safetensors", SafetensorsBuilder.floats([ModelBuilder.tensor("colbert.linear.weight", [2, 2])]))
        let checkpoint = try Checkpoint(folder: folder.path)
        #expect(checkpoint.tensorNames == ["a", "colbert.linear.weight"])
        #expect(checkpoint.files.count == 2)
    }

    @Test func refusesFoldersWithoutAModel() throws {
        let folder = try ModelBuilder.folder([])
        try folder.remove("model.safetensors")
        #expect(CheckpointFixtures.refusal { try Checkpoint(folder: folder.path) }.contains("has no weights; one of"))
        try folder.remove("config.json")
        #expect(CheckpointFixtures.refusal { try Checkpoint(folder: folder.path) }.contains("has no config.json"))
        #expect(CheckpointFixtures.refusal { try Checkpoint(folder: folder.path + "/no") }.contains("no such folder"))
        let file = folder.path + "/vocab.txt"
        #expect(CheckpointFixtures.refusal { try Checkpoint(folder: file) }.contains("is a file; name the folder"))
    }
}

@Suite struct ShardedCheckpointTests {
    private let folder: ScratchFolder

    init() throws {
        folder = try ModelBuilder.folder([])
        try folder.remove("model.safetensors")
        try folder.write("one.safetensors", SafetensorsBuilder.floats([ModelBuilder.tensor("bert.a", [2], from: 1)]))
        try folder.write(
            "more/two.safetensors",
            SafetensorsBuilder.floats([ModelBuilder.tensor("bert.b", [1], from: 9), ModelBuilder.tensor("bert.c", [1])])
        )
    }

    private func open(_ weightMap: String) throws -> Checkpoint {
        try folder.write(
            "model.safetensors.index.json", "{\"metadata\": {\"total_size\": 1}, \"weight_map\": \(weightMap)}")
        return try Checkpoint(folder: folder.path)
    }

    @Test func readsEachTensorFromItsShard() throws {
        let checkpoint = try open(#"{"bert.a": "one.safetensors", "bert.b": "more/two.safetensors"}"#)
        #expect(checkpoint.tensorNames == ["a", "b"])
        #expect(try checkpoint.floats("a", shape: [2]) == [1, 2])
        #expect(try checkpoint.floats("b", shape: [1]) == [9])
    }

    @Test(arguments: [
        (#"{"bert.a": "../one.safetensors"}"#, "\"../one.safetensors\", which is not within the model's folder"),
        (#"{"bert.a": "/etc/passwd"}"#, "not within the model's folder"),
        (#"{"bert.a": "more/../../x.safetensors"}"#, "not within the model's folder"),
        (#"{"bert.a": "./one.safetensors"}"#, "not within the model's folder"),
        (#"{"bert.a": ""}"#, "not within the model's folder"),
        (#"{"bert.a": "one.safetensors\u0000.txt"}"#, "not within the model's folder"),
        (#"{"bert.a": "three.safetensors"}"#, "names the file \"three.safetensors\", which is not there"),
        (#"{"bert.z": "one.safetensors"}"#, "one.safetensors: tensor \"bert.z\": the file has no tensor of this name"),
        (#"{"bert.a": 7}"#, "\"weight_map.bert.a\": a string should stand here"),
        (#"{}"#, "\"weight_map\": names no tensors"),
        (#"[]"#, "an object should stand here"),
    ])
    func refusesInWords(weightMap: String, words: String) {
        #expect(CheckpointFixtures.refusal { try open(weightMap) }.contains(words))
    }
}

@Suite struct PyLateCheckpointTests {
    private let folder: ScratchFolder

    init() throws {
        folder = try ModelBuilder.folder([ModelBuilder.tensor("a", [1])])
        try folder.write(
            "1_Dense/model.safetensors",
            SafetensorsBuilder.floats([ModelBuilder.tensor("linear.weight", [3, 2], from: 1)]))
        try dense()
        try modules(["Transformer": "", "Dense": "1_Dense"])
    }

    private func dense(activation: String = "torch.nn.modules.linear.Identity", residual: Bool = false) throws {
        try folder.write(
            "1_Dense/config.json",
            """
            {"in_features": 2, "out_features": 3, "bias": false, "activation_function": "\(activation)",
            "use_residual": \(residual)}
            """)
    }

    private func modules(_ paths: KeyValuePairs<String, String>) throws {
        let entries = paths.map { #"{"type": "pylate.models.\#($0.key).\#($0.key)", "path": "\#($0.value)"}"# }
        try folder.write("modules.json", "[" + entries.joined(separator: ",") + "]")
    }

    @Test func itsDenseModuleIsTheProjection() throws {
        let checkpoint = try Checkpoint(folder: folder.path)
        #expect(try checkpoint.floats("colbert.linear.weight", shape: [3, 2]) == [1, 2, 3, 4, 5, 6])
    }

    @Test func refusesWhatIsMoreThanAProjection() throws {
        try dense(activation: "torch.nn.modules.activation.Tanh")
        #expect(CheckpointFixtures.refusal { try Checkpoint(folder: folder.path) }.contains("Tanh\" is not supported"))
        try dense(residual: true)
        #expect(CheckpointFixtures.refusal { try Checkpoint(folder: folder.path) }.contains("\"use_residual\""))
        try dense()
        try modules(["Transformer": "", "Dense": "1_Dense", "Dense.Dense": "2_Dense"])
        #expect(CheckpointFixtures.refusal { try Checkpoint(folder: folder.path) }.contains("lists 2 dense modules"))
        try modules(["Dense": "../1_Dense"])
        #expect(CheckpointFixtures.refusal { try Checkpoint(folder: folder.path) }.contains("not within the model's"))
        try modules(["Dense": "3_Dense"])
        #expect(CheckpointFixtures.refusal { try Checkpoint(folder: folder.path) }.contains("3_Dense: has no weights"))
    }

    /// A layer between the encoder and the projection, or behind it, is used or named.
    @Test(arguments: ["LayerNorm", "CNN", "WordWeights", "LSTM", "MyScaler"])
    func otherModulesAreRefusedByName(kind: String) throws {
        try modules(["Transformer": "", kind: "1_\(kind)", "Dense": "1_Dense"])
        #expect(CheckpointFixtures.refusal { try Checkpoint(folder: folder.path) }.contains("\"1.type\": a module"))
        try modules(["Transformer": "", "Dense": "1_Dense", kind: "2_\(kind)"])
        #expect(CheckpointFixtures.refusal { try Checkpoint(folder: folder.path) }.contains("kind \"\(kind)\" is not"))
    }

    @Test func modulesWithoutEffectAreNoMatter() throws {
        try modules(["Transformer": "", "Dropout": "1_Dropout", "Dense": "1_Dense", "Normalize": "3_Normalize"])
        #expect(try Checkpoint(folder: folder.path).has("colbert.linear.weight"))
        // Without a projection nothing of it is used.
        try modules(["Transformer": "", "LayerNorm": "1_LayerNorm"])
        #expect(try Checkpoint(folder: folder.path).tensorNames == ["a"])
    }

    @Test(arguments: [
        (#""bias": true"#, "\"bias\": is true, but"), (#""out_features": 4"#, "\"out_features\": says 4, but"),
        (#""in_features": 3"#, "\"in_features\": says 3, but"),
    ])
    func whatTheModuleSaysMustBeSo(field: String, words: String) throws {
        try folder.write("1_Dense/config.json", "{\(field)}")
        #expect(CheckpointFixtures.refusal { try Checkpoint(folder: folder.path) }.contains(words))
    }

    @Test func furtherTensorsOfTheModuleAreRefusedByName() throws {
        try folder.write(
            "1_Dense/model.safetensors",
            SafetensorsBuilder.floats([
                ModelBuilder.tensor("linear.weight", [3, 2]), ModelBuilder.tensor("residual.weight", [3, 2]),
            ]))
        #expect(CheckpointFixtures.refusal { try Checkpoint(folder: folder.path) }.contains("\"residual.weight\""))
    }

    @Test func aSecondDenseFolderWithoutAListIsRefused() throws {
        try folder.write("2_Dense/config.json", "{}")
        #expect(try Checkpoint(folder: folder.path).has("colbert.linear.weight"))
        try folder.remove("modules.json")
        #expect(CheckpointFixtures.refusal { try Checkpoint(folder: folder.path) }.contains("2_Dense: is a second"))
    }

    @Test func smallLettersBeforeATokenizerThatTellsThemApartAreRefused() throws {
        try folder.write("sentence_bert_config.json", #"{"max_seq_length": 8, "do_lower_case": true}"#)
        #expect(CheckpointFixtures.refusal { try Checkpoint(folder: folder.path) }.contains("\"do_lower_case\""))
        try folder.write("tokenizer_config.json", #"{"do_lower_case": true}"#)
        #expect(try Checkpoint(folder: folder.path).has("colbert.linear.weight"))
    }

    @Test func aSentenceModelsDenseIsNoProjection() throws {
        try modules(["Transformer": "", "Pooling": "1_Pooling", "Dense": "1_Dense"])
        #expect(try Checkpoint(folder: folder.path).tensorNames == ["a"])
    }
}
