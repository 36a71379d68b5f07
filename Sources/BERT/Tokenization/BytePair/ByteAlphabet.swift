/// GPT-2's alphabet: a printable character for each byte, so that a vocabulary of byte strings can be written as text.
///
/// The bytes that Latin-1 prints stand for themselves, the others are numbered from U+0100: a space is `Ġ`.
enum ByteAlphabet {
    /// The character of each byte.
    static let scalars: [UInt32] = {
        var next: UInt32 = 0x100
        return (UInt32(0)..<256).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return byte
            default:
                defer { next += 1 }
                return next
            }
        }
    }()

    /// Bytes in the alphabet, as UTF-8.
    static func utf8(of bytes: some Sequence<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        for byte in bytes { UTF8Decoding.forEachByte(of: scalars[Int(byte)]) { text.append($0) } }
        return text
    }

    /// The bytes that a text in the alphabet stands for; nil where a character is not of it.
    static func bytes(of text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            guard let byte = values[scalar.value] else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static let values = Dictionary(
        uniqueKeysWithValues: scalars.enumerated().map { ($0.element, UInt8($0.offset)) })
}
