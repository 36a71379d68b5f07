/// PyLate's projection: a `Dense` module in a folder of its own beside the encoder, listed in `modules.json`
/// (https://github.com/lightonai/pylate, `models/Dense.py`).
package struct PyLateDense {
    /// The module's file of weights, with `linear.weight` and perhaps `linear.bias`.
    package let weights: any TensorSource

    /// Opens the module; nil where the folder has none that projects every token.
    ///
    /// - Throws: `CheckpointError` where there is one that is more than a linear projection, several, or another module
    ///   that changes what comes out.
    package init?(folder: ModelFolder) throws {
        guard let module = try SentenceModules(folder: folder).dense else { return nil }
        try Self.refuseLowerCasing(folder)
        let file = ["model.safetensors", "pytorch_model.bin"].map { module + "/" + $0 }.first(where: folder.has)
        guard let file else {
            throw CheckpointError(
                folder.file(module), "has no weights", remedy: "its model.safetensors should lie there")
        }
        weights = try WeightsFile.open(folder.file(file))
        if let other = weights.tensors.keys.filter({ $0 != "linear.weight" && $0 != "linear.bias" }).min() {
            throw CheckpointError(
                weights.path, tensor: other, "is no part of a linear projection",
                remedy: "only linear.weight and linear.bias are supported")
        }
        let configuration = module + "/config.json"
        if folder.has(configuration) { try check(JSONFields(file: folder.file(configuration))) }
    }

    /// Checks what the module's `config.json` says against what is computed and against its tensors.
    private func check(_ fields: JSONFields) throws {
        let activation = try fields.string("activation_function") ?? "torch.nn.modules.linear.Identity"
        guard activation.hasSuffix(".Identity") else {
            throw fields.error(
                "activation_function", "\(CheckpointError.quoted(activation)) is not supported",
                remedy: "ColBERT's projection has none (torch.nn.modules.linear.Identity)")
        }
        guard try fields.bool("use_residual") != true else {
            throw fields.error("use_residual", "a residual connection around the projection is not supported")
        }
        if let bias = try fields.bool("bias"), bias != (weights.tensors["linear.bias"] != nil) {
            throw fields.error("bias", "is \(bias), but \(weights.path) has \(bias ? "no" : "a") linear.bias")
        }
        guard let shape = weights.tensors["linear.weight"]?.shape, shape.count == 2 else { return }
        for (key, extent) in [("out_features", shape[0]), ("in_features", shape[1])] {
            guard let stated = try fields.integer(key, in: 1...16_384), stated != extent else { continue }
            throw fields.error(key, "says \(stated), but linear.weight has the shape \(shape)")
        }
    }

    /// sentence-transformers makes texts small before they are cut into pieces, where this file says so. Nothing is
    /// changed by that where the tokenizer does it as well.
    private static func refuseLowerCasing(_ folder: ModelFolder) throws {
        let (file, tokenizer) = ("sentence_bert_config.json", SettingSource.tokenizer.rawValue)
        guard folder.has(file) else { return }
        let fields = try JSONFields(file: folder.file(file))
        guard try fields.bool("do_lower_case") == true else { return }
        if folder.has(tokenizer), try JSONFields(file: folder.file(tokenizer)).bool("do_lower_case") == true { return }
        throw fields.error(
            "do_lower_case", "texts in small letters before a tokenizer that tells capitals apart are not supported",
            remedy: "state false")
    }
}
