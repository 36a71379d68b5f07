import LinearAlgebra

/// What a model's folder is, which stages it can serve, and what is missing or wrong.
public struct ModelInspection: Sendable, Encodable {
    /// One thing that a model may be used for.
    public struct Stage: Sendable, Encodable, Equatable {
        /// `colbert`, `tildev2`, `cross-encoder`, `expansion` (a masked-language-model head).
        public let name: String
        /// What keeps the model from serving it; empty where it can.
        public let missing: [String]
        public var isAvailable: Bool { missing.isEmpty }

        enum CodingKeys: String, CodingKey { case name, available, missing }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try container.encode(isAvailable, forKey: .available)
            try container.encode(missing, forKey: .missing)
        }
    }

    /// One file of weights.
    public struct File: Sendable, Encodable, Equatable {
        public let path: String
        public let tensors: Int
        public let bytes: Int
    }

    public let folder: String
    /// Nil where `config.json` cannot be used; `problems` then says why.
    public let configuration: EncoderConfiguration?
    public let files: [File]
    /// Elements by type, over all tensors: `F16: 22713216`.
    public let elements: [String: Int]
    /// Elements of all tensors of float types.
    public let parameters: Int
    public let stages: [Stage]
    public let settings: ModelSettings?
    public let fingerprint: String?
    /// What would compute here: the instructions that `products` of dense layers use, OpenBLAS's kernels.
    public let kernels = ["products": InstructionSet.description, "blas": BLAS.kernels]
    /// The precisions in which the layers were packed ahead (`passerine models quantize`).
    public let packed: [String]
    /// What is wrong, a line each; empty for a sound model.
    public let problems: [String]

    /// Looks at a folder. Never fails: what cannot be read is among `problems`.
    ///
    /// - Parameter load: loads the model as those do who use it, where nothing else was found wrong: what it throws is a
    ///   problem too.
    public init(folder: String, load: (String) throws -> Void = { _ in }) {
        self.folder = folder
        var problems: [String] = []
        func attempt<Value>(_ body: () throws -> Value) -> Value? {
            do { return try body() } catch {
                if !problems.contains("\(error)") { problems.append("\(error)") }
                return nil
            }
        }
        guard let checkpoint = attempt({ try Checkpoint(folder: folder) }) else {
            let path = (try? ModelFolder(path: folder))?.file("config.json")
            configuration = path.flatMap { try? EncoderConfiguration(path: $0) }
            (files, elements, parameters, stages, packed) = ([], [:], 0, [], [])
            (settings, fingerprint, self.problems) = (nil, nil, problems)
            return
        }
        configuration = checkpoint.configuration
        files = checkpoint.files.map { file in
            let bytes = file.tensors.values.reduce(0) { $0 + $1.byteCount }
            return File(path: file.path, tensors: file.tensors.count, bytes: bytes)
        }
        let tensors = checkpoint.files.flatMap(\.tensors.values)
        elements = tensors.reduce(into: [:]) { $0[$1.type.rawValue, default: 0] += $1.elementCount }
        parameters = tensors.reduce(0) { $0 + ($1.type.isFloat ? $1.elementCount : 0) }
        settings = attempt { try checkpoint.settings() }
        let fingerprint = attempt { try checkpoint.fingerprint() }
        self.fingerprint = fingerprint
        packed = Precision.allCases.compactMap { precision in
            guard let file = attempt({ try PackedLayers(checkpoint.modelFolder, precision: precision) }) ?? nil else {
                return nil
            }
            guard file.fingerprint != fingerprint else { return precision.rawValue }
            problems.append(PackedLayers.mismatch(file.path, folder: folder).description)
            return nil
        }
        let encoder = Self.faults(checkpoint.configuration.tensors, in: checkpoint)
        problems += encoder
        if !checkpoint.modelFolder.has("tokenizer.json") && !checkpoint.modelFolder.has("vocab.txt") {
            problems.append("\(folder): has neither tokenizer.json nor vocab.txt; text cannot be cut into pieces")
        }
        stages = Self.stages(of: checkpoint, encoderIsSound: encoder.isEmpty)
        if problems.isEmpty { _ = attempt { try load(folder) } }
        self.problems = problems
    }

    private static func stages(of checkpoint: Checkpoint, encoderIsSound: Bool) -> [Stage] {
        let configuration = checkpoint.configuration
        let wide = configuration.hiddenSize
        func stage(_ name: String, _ tensors: [(String, [Int])], also: [String] = []) -> Stage {
            var missing = tensors.compactMap { fault($0.0, $0.1, in: checkpoint) } + also
            if missing.isEmpty && !encoderIsSound { missing = ["an encoder without faults"] }
            return Stage(name: name, missing: missing)
        }
        let labels = configuration.labelCount
        let tooManyLabels =
            labels > 2 && checkpoint.has(TensorName.classifierWeight) ? ["1 or 2 labels (the model has \(labels))"] : []
        return [
            stage("colbert", colbert(of: checkpoint, hidden: wide)),
            stage("tildev2", tilde(of: checkpoint, hidden: wide)),
            stage(
                "cross-encoder", configuration.classifier.tensors(hidden: wide, labels: labels), also: tooManyLabels),
            stage(
                "expansion",
                [
                    ("cls.predictions.transform.dense.weight", [wide, wide]),
                    ("cls.predictions.transform.dense.bias", [wide]),
                    ("cls.predictions.transform.LayerNorm.weight", [wide]),
                    ("cls.predictions.transform.LayerNorm.bias", [wide]),
                    ("cls.predictions.bias", [configuration.vocabularySize]),
                ]),
        ]
    }

    /// The tensors of ColBERT's head, with the biases and the weights of a query's rows that it may have.
    private static func colbert(of checkpoint: Checkpoint, hidden: Int) -> [(String, [Int])] {
        let dimension = checkpoint.description(of: TensorName.colbertProjection)?.shape.first ?? 128
        var tensors = [(TensorName.colbertProjection, [dimension, hidden])]
        if checkpoint.has(TensorName.colbertBias) { tensors.append((TensorName.colbertBias, [dimension])) }
        guard checkpoint.has(TensorName.colbertQueryWeight) else { return tensors }
        return tensors + [(TensorName.colbertQueryWeight, [hidden]), (TensorName.colbertQueryBias, [])]
    }

    /// The tensors of TILDEv2's head, with the hidden layer, the expansion and the query table that it may have.
    private static func tilde(of checkpoint: Checkpoint, hidden: Int) -> [(String, [Int])] {
        func rows(_ name: String) -> Int { checkpoint.description(of: name)?.shape.first ?? 0 }
        var (tensors, inputs) = ([(String, [Int])](), hidden)
        if checkpoint.has(TensorName.tildeHiddenWeight) {
            inputs = rows(TensorName.tildeHiddenWeight)
            tensors = [(TensorName.tildeHiddenWeight, [inputs, hidden]), (TensorName.tildeHiddenBias, [inputs])]
        }
        tensors += [(TensorName.tildeWeight, [inputs]), (TensorName.tildeBias, [])]
        if checkpoint.has(TensorName.queryWeights) {
            let entries = rows(TensorName.queryWeights)
            tensors += [
                (TensorName.queryOffsets, [checkpoint.configuration.vocabularySize + 1]),
                (TensorName.queryPieces, [entries]), (TensorName.queryWeights, [entries]),
            ]
        }
        guard checkpoint.has(TensorName.expansionWeight) else { return tensors }
        let (pieces, units) = (rows(TensorName.expansionWeight), rows(TensorName.expansionHiddenWeight))
        return tensors + [
            (TensorName.expansionPieces, [pieces]), (TensorName.expansionHiddenWeight, [units, hidden]),
            (TensorName.expansionHiddenBias, [units]), (TensorName.expansionWeight, [pieces, units]),
            (TensorName.expansionBias, [pieces]),
        ]
    }

    private static let integers: Set = [TensorName.expansionPieces, TensorName.queryOffsets, TensorName.queryPieces]

    /// What is wrong with a tensor, or nil.
    private static func fault(_ name: String, _ shape: [Int], in checkpoint: Checkpoint) -> String? {
        guard let tensor = checkpoint.description(of: name) else { return "\(name) \(shape)" }
        if tensor.shape != shape { return "\(name) \(shape) (it has the shape \(tensor.shape))" }
        let (isFit, kind) =
            integers.contains(name) ? (tensor.type == .i32, "32-bit integers") : (tensor.type.isFloat, "floats")
        return isFit ? nil : "\(name) of \(kind) (it holds \(tensor.type.rawValue))"
    }

    /// What is wrong with the encoder's tensors, the first few in full.
    private static func faults(_ tensors: [(name: String, shape: [Int])], in checkpoint: Checkpoint) -> [String] {
        let faults = tensors.compactMap { fault($0.name, $0.shape, in: checkpoint) }
        let shown = faults.prefix(5).map { "\(checkpoint.folder): the encoder needs \($0)" }
        return shown + (faults.count > 5 ? ["\(checkpoint.folder): … and \(faults.count - 5) more tensors"] : [])
    }
}
