import CKernels
import Testing

@Suite struct CRC32CTests {
    private typealias Checksum = @Sendable (UInt32, [UInt8]) -> UInt32
    private static let kernels: [Checksum] = [
        { pk_crc32c($0, $1, $1.count) }, { pk_crc32c_portable($0, $1, $1.count) },
    ]

    /// The check value of the algorithm and RFC 3720, appendix B.4.
    private static let known: [(bytes: [UInt8], crc: UInt32)] = [
        ([], 0),
        (Array("123456789".utf8), 0xE306_9283),
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        ((0..<32).map { $0 }, 0x46DD_794E),
        ((0..<32).reversed().map { $0 }, 0x113F_DB5C),
    ]

    @Test func knownAnswers() {
        for kernel in Self.kernels {
            for (bytes, crc) in Self.known { #expect(kernel(0, bytes) == crc) }
        }
    }

    @Test func formsAgreeAndPartsContinue() {
        var random = SeededGenerator(15)
        for count in [1, 7, 8, 9, 15, 16, 17, 63, 1000] {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let whole = pk_crc32c_portable(0, bytes, count)
            for kernel in Self.kernels {
                #expect(kernel(0, bytes) == whole)
                let cut = count / 3
                #expect(kernel(kernel(0, Array(bytes[..<cut])), Array(bytes[cut...])) == whole)
                var damaged = bytes
                damaged[count / 2] ^= 1
                #expect(kernel(0, damaged) != whole)
            }
        }
    }
}
