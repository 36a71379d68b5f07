import CKernels
import JSON
import LinearAlgebra

/// A model's folder as Hugging Face's libraries write it: its sizes, and its tensors under canonical names.
///
///     let checkpoint = try Checkpoint(folder: "models/passerine-small/encoder")
///     let wide = checkpoint.configuration.hiddenSize
///     let bias = try checkpoint.floats("encoder.layer.0.output.dense.bias", shape: [wide])
///
/// Weights are looked for in this order: `model.safetensors`, `model.safetensors.index.json` and its shards,
/// `pytorch_model.bin`, `pytorch_model.bin.index.json` and its shards; and beside them `heads.safetensors` (further
/// heads on the same encoder) and PyLate's dense module. All are mapped, none is copied before it is asked for.
///
/// Canonical names carry no model prefix (`bert.`), end in `weight` and `bias` (never `gamma`, `beta`), and call a
/// head by its method: `colbert.linear.weight` `[dimensions, hidden]`, `tildev2.weight` `[hidden]`, `tildev2.bias`
/// `[]`, `classifier.weight` `[labels, hidden]`, `cls.predictions.…`.
public struct Checkpoint: Sendable {
    /// The folder, as the user named it.
    public let folder: String
    public let configuration: EncoderConfiguration
    /// Every file of weights, open.
    public let files: [any TensorSource]
    /// What settings are read from besides the weights.
    package let modelFolder: ModelFolder

    private struct Entry {
        let file: any TensorSource
        let nameInFile: String
        let description: TensorDescription
    }
    private let entries: [String: Entry]

    /// Reads `config.json` and the weights' headers.
    ///
    /// - Throws: `CheckpointError` that names file and field or tensor.
    public init(folder path: String) throws {
        let modelFolder = try ModelFolder(path: path)
        guard modelFolder.has("config.json") else {
            throw CheckpointError(
                path, "has no config.json", remedy: "name a folder as Hugging Face's save_pretrained() writes it")
        }
        self.modelFolder = modelFolder
        folder = path
        configuration = try EncoderConfiguration(path: modelFolder.file("config.json"))
        var entries: [String: Entry] = [:]
        var files: [any TensorSource] = []
        func add(_ file: any TensorSource, _ names: some Sequence<String>) throws {
            files.append(file)
            for name in names { try Self.add(name, of: file, to: &entries) }
        }
        for (file, names) in try Self.mainWeights(modelFolder) { try add(file, names) }
        if modelFolder.has("heads.safetensors") {
            let heads = try SafetensorsFile(path: modelFolder.file("heads.safetensors"))
            try add(heads, heads.tensors.keys)
        }
        if let dense = try PyLateDense(folder: modelFolder) {
            try add(dense.weights, dense.weights.tensors.keys)
        }
        self.entries = entries
        self.files = files
    }

    private static func add(_ name: String, of file: any TensorSource, to entries: inout [String: Entry]) throws {
        let tensor = try file.tensor(name)
        let canonical = TensorName.canonical(name)
        let shape = TensorName.canonicalShape(tensor.shape, of: canonical)
        guard let description = TensorDescription(name: canonical, type: tensor.type, shape: shape) else { return }
        if let earlier = entries[canonical] {
            throw CheckpointError(
                file.path, tensor: name,
                "is the same tensor as \(CheckpointError.quoted(earlier.nameInFile)) of \(earlier.file.path)",
                remedy: "remove one of the two, so that it is plain which counts")
        }
        entries[canonical] = Entry(file: file, nameInFile: name, description: description)
    }

    /// The files of the encoder's weights, each with the names of the tensors that it is to give.
    private static func mainWeights(_ folder: ModelFolder) throws -> [(any TensorSource, [String])] {
        let single = ["model.safetensors", "pytorch_model.bin"]
        for name in single {
            if folder.has(name) {
                let file = try WeightsFile.open(folder.file(name))
                return [(file, Array(file.tensors.keys))]
            }
            if folder.has(name + ".index.json") {
                return try shards(of: WeightsIndex(path: folder.file(name + ".index.json")), in: folder)
            }
        }
        throw CheckpointError(
            folder.path, "has no weights",
            remedy: "one of \(single.joined(separator: ", ")) or an .index.json of them should lie there")
    }

    private static func shards(
        of index: WeightsIndex, in folder: ModelFolder
    ) throws -> [(any TensorSource, [String])] {
        let names = Dictionary(grouping: index.files.keys) { CodePoints(index.files[$0] ?? "") }
        return try index.shards.map { shard in
            let path = try folder.file(named: shard, by: index.path)
            guard folder.has(shard) else {
                throw CheckpointError(index.path, "names the file \(CheckpointError.quoted(shard)), which is not there")
            }
            return (try WeightsFile.open(path), names[CodePoints(shard)] ?? [])
        }
    }

    /// The canonical names of all tensors, sorted.
    public var tensorNames: [String] { entries.keys.sorted() }

    public func has(_ name: String) -> Bool { entries[name] != nil }

    /// What is known of a tensor, under its canonical name and shape; nil where there is none.
    public func description(of name: String) -> TensorDescription? { entries[name]?.description }

    /// The shape of a tensor.
    ///
    /// - Throws: `CheckpointError` where there is no such tensor.
    public func shape(of name: String) throws -> [Int] { try entry(name).description.shape }

    /// Throws `CheckpointError` where there is no such tensor or its shape is another one: before memory is taken for it.
    package func require(_ name: String, shape: [Int]) throws { _ = try entry(name, shape: shape) }

    private func entry(_ name: String) throws -> Entry {
        guard let entry = entries[name] else {
            let place = files.count == 1 ? files[0].path : folder
            // Programs that wrap a model put names of their own before its tensors'.
            let alike = entries.values.map(\.nameInFile).filter { $0.hasSuffix("." + name) }.min()
            throw CheckpointError(
                place, tensor: name, "is missing",
                remedy: alike.map { "the file has \(CheckpointError.quoted($0)): save it under the model's own names" }
                    ?? "`passerine models inspect` lists what the folder has")
        }
        return entry
    }

    private func entry(_ name: String, shape: [Int]) throws -> Entry {
        let entry = try entry(name)
        guard entry.description.shape == shape else {
            throw CheckpointError(
                entry.file.path, tensor: entry.nameInFile,
                "has the shape \(entry.description.shape), where config.json and the model's form ask for \(shape)")
        }
        return entry
    }

    /// The elements of a tensor, row-major, converted to `Float`.
    ///
    /// - Throws: `CheckpointError` where there is no such tensor, its shape is not exactly `shape`, its elements are no
    ///   floats, or one of them is NaN or infinite.
    public func floats(_ name: String, shape: [Int]) throws -> [Float] {
        let entry = try entry(name, shape: shape)
        return try entry.file.finiteFloats(entry.nameInFile)
    }

    /// Converts a tensor into memory of exactly its element count.
    ///
    /// - Throws: as `floats(_:shape:)`, and where the memory's size differs.
    public func read(_ name: String, shape: [Int], into target: UnsafeMutableBufferPointer<Float>) throws {
        let entry = try entry(name, shape: shape)
        try entry.file.readFloats(entry.nameInFile, into: target)
        try entry.file.requireFinite(UnsafeBufferPointer(target), of: entry.nameInFile)
    }

    /// A tensor of row numbers: `count` 32-bit integers from 0 to below a limit.
    ///
    /// - Throws: `CheckpointError` where there is no such tensor, or one of another type or size, or an integer lies
    ///   outside.
    package func integers(_ name: String, count: Int, below limit: Int) throws -> [Int32] {
        let entry = try entry(name, shape: [count])
        func failure(_ message: String) -> CheckpointError {
            CheckpointError(entry.file.path, tensor: entry.nameInFile, message)
        }
        guard entry.description.type == .i32 else { throw failure("should be of 32-bit integers (I32)") }
        let integers = try entry.file.withBytes(of: entry.nameInFile) { bytes in
            (0..<count).map { Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)) }
        }
        guard let outside = integers.first(where: { $0 < 0 || Int($0) >= limit }) else { return integers }
        throw failure("names the row \(outside), outside the \(limit) that there are")
    }

    /// A dense layer in floats of a weight `[outputs, inputs]` and a bias.
    ///
    /// - Throws: as `floats(_:shape:)`, and where the layer has no elements.
    package func dense(weight: String, bias: String, outputs: Int, inputs: Int) throws -> DenseLayer {
        let matrix = try matrix(weight, rows: outputs, columns: inputs)
        guard matrix.count > 0 else { throw CheckpointError(folder, tensor: weight, "has no elements") }
        return DenseLayer(weight: matrix, bias: try vector(bias, count: outputs))
    }

    /// The elements of a tensor of IEEE 754 binary16 values as they are; nil for one of another type.
    ///
    /// - Throws: as `floats(_:shape:)`.
    package func halves(_ name: String, shape: [Int]) throws -> AlignedBytes? {
        let entry = try entry(name, shape: shape)
        guard entry.description.type == .f16 else { return nil }
        // A large table is most of what a start reads: looked at while it is near, it need not be read again.
        var (outside, isNaN) = (Int?.none, false)
        let halves = try entry.file.withBytes(of: entry.nameInFile) { bytes in
            AlignedBytes(bytes) { part, offset in
                let (elements, count) = (part.bindMemory(to: UInt16.self), part.count / 2)
                #if _endian(big)
                    for index in 0..<count { elements[index] = UInt16(littleEndian: elements[index]) }
                #endif
                guard outside == nil, let start = elements.baseAddress else { return }
                let place = pk_first_not_finite_half(start, count)
                if place < count { (outside, isNaN) = (offset / 2 + place, elements[place] & 0x3FF != 0) }
            }
        }
        if let outside { throw try entry.file.notFinite(entry.nameInFile, outside, isNaN: isNaN) }
        return halves
    }

    /// Runs `body` over a tensor's elements: in the mapped file itself where they are aligned F32, else on a copy.
    ///
    /// - Throws: as `floats(_:shape:)`, or what `body` throws.
    public func withFloats<R>(
        _ name: String, shape: [Int], _ body: (UnsafeBufferPointer<Float>) throws -> R
    ) throws -> R {
        let entry = try entry(name, shape: shape)
        #if _endian(little)
            if entry.description.type == .f32 {
                let aligned: R? = try entry.file.withBytes(of: entry.nameInFile) { bytes in
                    let address = UInt(bitPattern: bytes.baseAddress)
                    guard address % UInt(MemoryLayout<Float>.alignment) == 0 else { return nil }
                    return try bytes.withMemoryRebound(to: Float.self) { elements in
                        try entry.file.requireFinite(elements, of: entry.nameInFile)
                        return try body(elements)
                    }
                }
                if let aligned { return aligned }
            }
        #endif
        return try entry.file.finiteFloats(entry.nameInFile).withUnsafeBufferPointer(body)
    }

    /// Lengths, markers and the like (see `ModelSettings`).
    ///
    /// - Throws: `CheckpointError` that names file and field.
    public func settings() throws -> ModelSettings { try ModelSettings(checkpoint: self) }

    /// The model's fingerprint (see `ModelFingerprint`).
    public func fingerprint() throws -> String { try ModelFingerprint.of(self) }
}
