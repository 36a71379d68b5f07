import Foundation

/// Tells whether an input is the one that was read before: the names, the sizes and the bytes of all files, hashed.
public struct InputFingerprint: Sendable, Hashable, Codable {
    /// XXH64 in 16 hexadecimal digits.
    public let digest: String
    public let files: Int
    /// Bytes of all files on disk.
    public let bytes: Int
    /// False where standard input or a pipe is among the inputs, about which nothing can be known beforehand.
    public let isComplete: Bool

    private static let chunkBytes = 1 << 20

    init(of inputs: [CorpusInput]) throws(CorpusError) {
        var record: [UInt8] = []
        var total = 0
        var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
        for input in inputs {
            record.append(contentsOf: "\(input.name)\0\(input.size ?? -1)\0".utf8)
            guard let size = input.size else { continue }
            total += size
            let hash = try Self.hash(of: input.path, through: &chunk)
            record.append(contentsOf: (0..<8).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) })
            // Keeps the record small however many files there are.
            if record.count > 1 << 16 { record = Array(XXHash64.hex(XXHash64.hash(record)).utf8) }
        }
        digest = XXHash64.hex(XXHash64.hash(record))
        files = inputs.count
        bytes = total
        isComplete = inputs.allSatisfy { $0.size != nil || $0.problem != nil }
    }

    /// The hash of a file: of its first chunk, and of each further one with the hash before as its seed.
    private static func hash(of path: String, through chunk: inout [UInt8]) throws(CorpusError) -> UInt64 {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        var hash: UInt64 = 0
        while true {
            var filled = 0
            while filled < chunkBytes {
                let count = chunk.withUnsafeMutableBytes { bytes in
                    read(
                        descriptor, UnsafeMutableRawBufferPointer(rebasing: bytes[filled...]).baseAddress,
                        bytes.count - filled)
                }
                guard count != 0 else { break }
                guard descriptor >= 0, count > 0 else {
                    throw CorpusError(path: path, message: "cannot be read: \(String(cString: strerror(errno)))")
                }
                filled += count
            }
            hash = XXHash64.hash(chunk[..<filled], seed: hash)
            guard filled == chunkBytes else { return hash }
        }
    }
}
