/// PyLate's projection: a `Dense` module in a folder of its own beside the encoder, listed in `modules.json`
/// (https://github.com/lightonai/pylate, `models/Dense.py`).
package struct PyLateDense {
    /// The module's file of weights, with `linear.weight` and perhaps `linear.bias`.
    package let weights: any TensorSource

    /// Opens the module; nil where the folder has none that projects every token.
    ///
    /// - Throws: `CheckpointError` where there is one that is more than a linear projection, or several.
    package init?(folder: ModelFolder) throws {
        guard let module = try Self.module(of: folder) else { return nil }
        let configuration = module + "/config.json"
        if folder.has(configuration) {
            let fields = try JSONFields(file: folder.file(configuration))
            let activation = try fields.string("activation_function") ?? "torch.nn.modules.linear.Identity"
            guard activation.hasSuffix(".Identity") else {
                throw fields.error(
                    "activation_function", "\(CheckpointError.quoted(activation)) is not supported",
                    remedy: "ColBERT's projection has none (torch.nn.modules.linear.Identity)")
            }
            guard try fields.bool("use_residual") != true else {
                throw fields.error("use_residual", "a residual connection around the projection is not supported")
            }
        }
        for name in ["model.safetensors", "pytorch_model.bin"] where folder.has(module + "/" + name) {
            weights = try WeightsFile.open(folder.file(module + "/" + name))
            return
        }
        throw CheckpointError(folder.file(module), "has no weights", remedy: "its model.safetensors should lie there")
    }

    /// The folder of the one token-wise dense module.
    private static func module(of folder: ModelFolder) throws -> String? {
        let list = folder.file("modules.json")
        guard folder.has("modules.json") else { return folder.has("1_Dense") ? "1_Dense" : nil }
        guard case .array(let modules) = try CheckpointJSONParser.parse(file: list) else {
            throw CheckpointError(list, "the file should hold one JSON array")
        }
        var dense: [String] = []
        for case .object(let members) in modules {
            let fields = JSONFields(path: list, members: members)
            let type = try fields.string("type") ?? ""
            // A pooling layer before it makes a Dense of sentence-transformers work on one vector a text.
            if type.hasSuffix(".Pooling") { return nil }
            guard type.hasSuffix(".Dense"), let name = try fields.string("path") else { continue }
            _ = try folder.file(named: name, by: list)
            dense.append(name)
        }
        guard dense.count <= 1 else {
            throw CheckpointError(
                list, "lists \(dense.count) dense modules (\(dense.joined(separator: ", ")))",
                remedy: "only one projection after the encoder is supported")
        }
        return dense.first
    }
}
