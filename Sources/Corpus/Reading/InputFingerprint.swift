import Foundation

/// Tells whether an input is the one that was read before, without reading all of it: the paths, the sizes, and the
/// first and last 64 KiB of every file, hashed.
public struct InputFingerprint: Sendable, Hashable, Codable {
    /// XXH64 in 16 hexadecimal digits.
    public let digest: String
    public let files: Int
    /// Bytes of all files on disk.
    public let bytes: Int
    /// False where standard input or a pipe is among the inputs, about which nothing can be known beforehand.
    public let isComplete: Bool

    static let sampleBytes = 64 << 10

    init(of inputs: [CorpusInput]) throws(CorpusError) {
        var record: [UInt8] = []
        var total = 0
        for input in inputs {
            record.append(contentsOf: "\(input.name)\0\(input.size ?? -1)\0".utf8)
            guard let size = input.size else { continue }
            total += size
            for sample in try Self.samples(of: input.path, size: size) {
                let hash = XXHash64.hash(sample)
                record.append(contentsOf: (0..<8).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) })
            }
            // Keeps the record small however many files there are.
            if record.count > 1 << 16 { record = Array(XXHash64.hex(XXHash64.hash(record)).utf8) }
        }
        digest = XXHash64.hex(XXHash64.hash(record))
        files = inputs.count
        bytes = total
        isComplete = inputs.allSatisfy { $0.size != nil || $0.problem != nil }
    }

    private static func samples(of path: String, size: Int) throws(CorpusError) -> [[UInt8]] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        let offsets = size > sampleBytes ? [0, size - sampleBytes] : [0]
        var samples: [[UInt8]] = []
        for offset in offsets {
            var sample = [UInt8](repeating: 0, count: sampleBytes)
            let count = sample.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
            guard descriptor >= 0, count >= 0 else {
                throw CorpusError(path: path, message: "cannot be read: \(String(cString: strerror(errno)))")
            }
            samples.append(Array(sample.prefix(count)))
        }
        return samples
    }
}
