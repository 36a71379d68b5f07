import BERT

/// Writes small model folders.
enum ModelBuilder {
    /// Two wide, one layer, one head, three between, five pieces, eight positions.
    static let configuration: [String: String] = [
        "model_type": "\"bert\"", "hidden_size": "2", "num_hidden_layers": "1", "num_attention_heads": "1",
        "intermediate_size": "3", "vocab_size": "5", "max_position_embeddings": "8", "type_vocab_size": "2",
        "layer_norm_eps": "1e-12", "hidden_act": "\"gelu\"",
    ]

    /// A JSON object with some fields replaced, or left out where nil.
    static func json(_ changes: [String: String?] = [:]) -> String {
        var fields = configuration
        for (key, value) in changes { fields[key] = value }
        return "{" + fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ")
            + "}"
    }

    typealias Tensor = (name: String, shape: [Int], elements: [Float])

    /// A tensor whose elements are `first`, `first + 1`, …
    static func tensor(_ name: String, _ shape: [Int], from first: Float = 0) -> Tensor {
        (name, shape, (0..<shape.reduce(1, *)).map { first + Float($0) })
    }

    /// The encoder's tensors under a prefix.
    static func encoder(prefix: String = "") throws -> [Tensor] {
        let folder = try ScratchFolder()
        let configuration = try EncoderConfiguration(path: folder.write("config.json", json()))
        return configuration.tensors.map { tensor(prefix + $0.name, $0.shape) }
    }

    /// A folder with `config.json`, `vocab.txt` and `model.safetensors`.
    static func folder(_ tensors: [Tensor], _ changes: [String: String?] = [:]) throws -> ScratchFolder {
        let folder = try ScratchFolder()
        try folder.write("config.json", json(changes))
        try folder.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n")
        try folder.write("model.safetensors", SafetensorsBuilder.floats(tensors))
        return folder
    }
}
