import Foundation

/// Writes tensors in the safetensors format (https://github.com/huggingface/safetensors).
package struct SafetensorsWriter {
    private struct Entry: Encodable {
        let dtype: String
        let shape: [Int]
        let offsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }
    }

    /// A value of the header: a tensor's, or the free texts under `__metadata__`.
    private enum Value: Encodable {
        case entry(Entry)
        case texts([String: String])

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .entry(let entry): try entry.encode(to: encoder)
            case .texts(let texts): try texts.encode(to: encoder)
            }
        }
    }

    private var entries: [String: Value] = [:]
    private var content = Data()
    /// Free texts for the header.
    package var metadata: [String: String] = [:]

    package init() {}

    /// Adds a tensor; `type` is safetensors' name of the elements' type.
    package mutating func add<Element>(_ name: String, type: String, shape: [Int], _ elements: [Element]) {
        elements.withUnsafeBytes { add(name, type: type, shape: shape, bytes: $0) }
    }

    /// Adds a tensor of little-endian elements.
    package mutating func add(_ name: String, type: String, shape: [Int], bytes: UnsafeRawBufferPointer) {
        let start = content.count
        content.append(contentsOf: bytes)
        entries[name] = .entry(Entry(dtype: type, shape: shape, offsets: [start, content.count]))
    }

    /// The whole file.
    package func data() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        var values = entries
        if !metadata.isEmpty { values["__metadata__"] = .texts(metadata) }
        var header = try encoder.encode(values)
        header.append(contentsOf: repeatElement(0x20, count: (8 - header.count % 8) % 8))
        return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + header + content
    }
}
