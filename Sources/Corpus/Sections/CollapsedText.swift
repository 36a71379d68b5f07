/// Text that is put together piece by piece, every run of white space in it one space, none at either end.
struct CollapsedText {
    private var bytes: [UInt8] = []
    private var isSpaceDue = false

    var isEmpty: Bool { bytes.isEmpty }
    var count: Int { bytes.count }
    var string: String { String(decoding: bytes, as: UTF8.self) }

    mutating func space() {
        isSpaceDue = !bytes.isEmpty
    }

    mutating func append(_ byte: UInt8) {
        if byte == 0x20 || 0x09...0x0D ~= byte {
            space()
        } else {
            if isSpaceDue { bytes.append(0x20) }
            isSpaceDue = false
            bytes.append(byte)
        }
    }

    mutating func append(_ scalar: UnicodeScalar) {
        if scalar.properties.isWhitespace {
            space()
        } else {
            for byte in String(Character(scalar)).utf8 { append(byte) }
        }
    }
}
