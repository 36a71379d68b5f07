/// A file that holds named tensors.
public protocol TensorSource: Sendable {
    /// Path of the file, as the user gave it.
    var path: String { get }

    /// Every tensor of the file under its name there.
    var tensors: [String: TensorDescription] { get }

    /// Runs `body` over a tensor's bytes: row-major, contiguous, little-endian, at no particular alignment.
    ///
    /// - Throws: `CheckpointError` where there is no tensor of that name, or what `body` throws.
    func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R
}

extension TensorSource {
    /// The description of a tensor.
    ///
    /// - Throws: `CheckpointError` where the file has none of that name.
    public func tensor(_ name: String) throws -> TensorDescription {
        guard let tensor = tensors[name] else {
            throw CheckpointError(path, tensor: name, "the file has no tensor of this name")
        }
        return tensor
    }

    /// The elements of a tensor of any float type, converted.
    ///
    /// - Throws: `CheckpointError` where there is no such tensor or its elements are no floats.
    public func floats(_ name: String) throws -> [Float] {
        let tensor = try tensor(name)
        return try [Float](unsafeUninitializedCapacity: tensor.elementCount) { buffer, count in
            try readFloats(name, into: UnsafeMutableBufferPointer(rebasing: buffer[..<tensor.elementCount]))
            count = tensor.elementCount
        }
    }

    /// Converts a tensor of any float type into memory of exactly its element count.
    ///
    /// - Throws: `CheckpointError` where there is no such tensor, its elements are no floats or their number differs.
    public func readFloats(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws {
        let tensor = try tensor(name)
        guard tensor.type.isFloat else {
            throw CheckpointError(
                path, tensor: name, "holds \(tensor.type.rawValue) elements, where floats are needed",
                remedy: "save the model with float weights")
        }
        guard tensor.elementCount == target.count else {
            throw CheckpointError(
                path, tensor: name, "has \(tensor.elementCount) elements, where \(target.count) are needed")
        }
        try withBytes(of: name) { FloatConversion.convert($0, of: tensor.type, into: target) }
    }
}
