import Foundation

/// Writes tensors in the safetensors format (https://github.com/huggingface/safetensors).
struct TensorFileWriter {
    private struct Entry: Encodable {
        let dtype: String
        let shape: [Int]
        let offsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }
    }

    private var entries: [String: Entry] = [:]
    private var content = Data()

    /// Adds a tensor; `type` is safetensors' name of the elements' type.
    mutating func add<Element>(_ name: String, type: String, shape: [Int], _ elements: [Element]) {
        let start = content.count
        elements.withUnsafeBytes { content.append(contentsOf: $0) }
        entries[name] = Entry(dtype: type, shape: shape, offsets: [start, content.count])
    }

    /// The whole file.
    func data() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        var header = try encoder.encode(entries)
        header.append(contentsOf: repeatElement(0x20, count: (8 - header.count % 8) % 8))
        return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + header + content
    }
}
