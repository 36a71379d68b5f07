import CKernels
import Foundation

/// The bytes of a segment or of postings, changed, with its checksums made right again (`docs/formats.md`).
struct SealedFile {
    private static let headerBytes = 256
    private static let blockBytes = 16 << 10

    private var body: [UInt8]
    /// Where the header has the offset of the checksums.
    private let offsetField: Int
    /// The checksum of the checksums, which the catalogue has too.
    private(set) var checksum: UInt32 = 0

    /// - Parameter offsetField: 64 in a segment, 56 in postings.
    init?(_ content: Data, offsetField: Int) {
        guard content.count >= Self.headerBytes else { return nil }
        let bytes = [UInt8](content)
        self.offsetField = offsetField
        let offset = Int(truncatingIfNeeded: Self.word(bytes, offsetField, 8))
        guard (Self.headerBytes...bytes.count).contains(offset) else { return nil }
        body = Array(bytes[..<offset])
    }

    private static func word(_ bytes: [UInt8], _ offset: Int, _ width: Int) -> UInt64 {
        (0..<width).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
    }

    private mutating func set(_ value: UInt64, _ offset: Int, _ width: Int) {
        for place in 0..<width { body[offset + place] = UInt8(truncatingIfNeeded: value >> UInt64(8 * place)) }
    }

    /// Changes a field of the header, a number within a section, or where the file ends.
    mutating func change(_ script: inout Script) {
        let kind = script.choose(8)
        switch kind {
        case 0, 1, 2:
            let fields = stride(from: 8, to: 204, by: 4).map { $0 }
            let offset = fields[script.choose(fields.count)]
            let width = script.choose(2) == 0 ? 4 : 8
            set(script.integer(near: Self.word(body, offset, width)), offset, width)
        case 3, 4, 5, 6:
            let width = [1, 2, 4, 8][script.choose(4)]
            let offset = script.place(in: body.count - width) / width * width
            set(script.integer(near: Self.word(body, offset, width)), offset, width)
        default:
            // Cut short or made longer, and its header says so.
            let count = max(
                Self.headerBytes, script.choose(2) == 0 ? script.place(in: body.count) : body.count + script.number())
            body = Array(body.prefix(count)) + [UInt8](repeating: 0, count: max(0, count - body.count))
            set(UInt64(body.count), offsetField, 8)
        }
    }

    /// The whole file, sealed.
    mutating func sealed() -> Data {
        func sum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
            bytes.withUnsafeBytes { pk_crc32c(0, $0.baseAddress, $0.count) }
        }
        set(UInt64(sum(body[..<(Self.headerBytes - 4)])), Self.headerBytes - 4, 4)
        var table: [UInt8] = []
        func append(_ value: UInt32) { withUnsafeBytes(of: value.littleEndian) { table.append(contentsOf: $0) } }
        for start in stride(from: 0, to: body.count, by: Self.blockBytes) {
            append(sum(body[start..<min(start + Self.blockBytes, body.count)]))
        }
        checksum = sum(table[...])
        append(checksum)
        return Data(body + table)
    }
}
