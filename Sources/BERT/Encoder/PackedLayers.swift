import CKernels
import Foundation
import LinearAlgebra

/// A model's dense layers in codes, packed ahead of time: `packed.int8.safetensors` beside its weights.
///
/// A start then neither reads the layers' weights nor quantises them. What the file holds is what `DenseLayer` would
/// make, so results are the same to the bit. It says which model it was made of, and of which version of the layout it is.
package struct PackedLayers: Sendable {
    /// The file's name in the model's folder; nil for a precision that is not packed.
    package static func fileName(_ precision: Precision) -> String? {
        precision.hasCodes ? "packed.\(precision.rawValue).safetensors" : nil
    }

    package let path: String
    /// The fingerprint of the model that was packed.
    package let fingerprint: String
    private let file: SafetensorsFile
    private let precision: Precision

    /// Opens the file of a folder; nil where there is none.
    ///
    /// - Throws: `CheckpointError` where it is damaged, or made by another version of this program.
    init?(_ folder: ModelFolder, precision: Precision) throws {
        guard let name = Self.fileName(precision), folder.has(name) else { return nil }
        path = folder.file(name)
        file = try SafetensorsFile(path: path)
        self.precision = precision
        guard file.metadata["version"] == "\(PackedDenseLayer.version)",
            file.metadata["precision"] == precision.rawValue, let fingerprint = file.metadata["fingerprint"]
        else {
            throw CheckpointError(path, "was made by another version of passerine", remedy: Self.remedy(folder.path))
        }
        self.fingerprint = fingerprint
        guard try Self.checksum(of: file) == file.metadata["crc32c"] else {
            throw CheckpointError(
                path, "is damaged: its checksum is not that of its tensors", remedy: Self.remedy(folder.path))
        }
    }

    /// What to say of a file whose fingerprint is not the model's.
    package static func mismatch(_ path: String, folder: String) -> CheckpointError {
        CheckpointError(path, "was made of other weights or settings than the model's", remedy: remedy(folder))
    }

    /// What to do about a file that cannot be used.
    private static func remedy(_ folder: String) -> String {
        "make it anew with `passerine models quantize \(folder)`, or delete it"
    }

    /// The layer `name`.
    ///
    /// - Throws: `CheckpointError` where it is missing or of other sizes.
    func layer(_ name: String, outputs: Int, inputs: Int) throws -> DenseLayer {
        let factors = "\(name).factors"
        let numbers = try file.finiteFloats("\(name).numbers")
        let zero = numbers.last.flatMap { Int(exactly: $0) } ?? -1
        let parts = PackedDenseLayer(
            bias: try file.finiteFloats("\(name).bias"),
            factors: file.tensors[factors] == nil ? nil : try file.finiteFloats(factors),
            shift: numbers.first ?? 0, zero: zero)
        let layer = try file.withBytes(of: "\(name).weight") { bytes in
            DenseLayer(outputs: outputs, inputs: inputs, precision: precision, weight: bytes, parts)
        }
        guard let layer else {
            throw CheckpointError(
                path, tensor: "\(name).weight",
                "is not of the sizes that config.json asks for, or has a scale that is not finite")
        }
        return layer
    }

    /// The file for these layers.
    static func data(
        _ layers: [(name: String, layer: DenseLayer)], precision: Precision, fingerprint: String
    ) throws -> Data {
        var writer = SafetensorsWriter()
        var checksums: [String: UInt32] = [:]
        for (name, layer) in layers {
            layer.withPacked { weight, parts in
                func add(_ part: String, _ type: String, _ count: Int, _ bytes: UnsafeRawBufferPointer) {
                    writer.add("\(name).\(part)", type: type, shape: [count], bytes: bytes)
                    checksums["\(name).\(part)"] = pk_crc32c(0, bytes.baseAddress, bytes.count)
                }
                func add(_ part: String, _ values: [Float]) {
                    values.withUnsafeBytes { add(part, "F32", values.count, $0) }
                }
                add("weight", "U8", weight.count, weight)
                add("bias", parts.bias)
                if let factors = parts.factors { add("factors", factors) }
                add("numbers", [parts.shift, Float(parts.zero)])
            }
        }
        writer.metadata = [
            "version": "\(PackedDenseLayer.version)", "precision": precision.rawValue, "fingerprint": fingerprint,
            "crc32c": combined(checksums),
        ]
        return try writer.data()
    }

    /// One checksum of all tensors' checksums, with their names.
    private static func combined(_ checksums: [String: UInt32]) -> String {
        let text = checksums.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
        return Array(text.utf8).withUnsafeBytes { String(pk_crc32c(0, $0.baseAddress, $0.count)) }
    }

    private static func checksum(of file: SafetensorsFile) throws -> String {
        combined(
            try Dictionary(
                uniqueKeysWithValues: file.tensors.keys.map { name in
                    (name, try file.withBytes(of: name) { pk_crc32c(0, $0.baseAddress, $0.count) })
                }))
    }
}

extension BERTEncoder {
    /// The file that a start in this precision reads instead of quantising the layers anew; `fingerprint` is the model's.
    package func packed(fingerprint: String) throws -> Data {
        try PackedLayers.data(weights.denseLayers, precision: precision, fingerprint: fingerprint)
    }
}
