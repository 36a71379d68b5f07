/// Scalars from and to UTF-8 bytes, without the cost of a `String`.
enum UTF8Decoding {
    /// Whether a byte goes on with the scalar before it.
    @inline(__always)
    static func isTrail(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

    /// The scalar at `offset`, which must be inside `bytes`, and its length in bytes; U+FFFD and one byte where the
    /// bytes are ill-formed (RFC 3629).
    static func scalar(of bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> (scalar: UInt32, length: Int) {
        let illFormed: (UInt32, Int) = (0xFFFD, 1)
        let lead = UInt32(bytes[offset])
        if lead < 0x80 { return (lead, 1) }
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard lead >= 0xC2, lead <= 0xF4, offset + length <= bytes.count else { return illFormed }
        var scalar = lead & (0x7F >> UInt32(length))
        for place in 1..<length {
            let byte = UInt32(bytes[offset + place])
            guard byte & 0xC0 == 0x80 else { return illFormed }
            scalar = scalar << 6 | byte & 0x3F
        }
        let isOverlong = scalar < (length == 3 ? 0x800 : length == 4 ? 0x10000 : 0x80)
        guard !isOverlong, scalar <= 0x10FFFF, !(0xD800...0xDFFF).contains(scalar) else { return illFormed }
        return (scalar, length)
    }

    /// Calls `body` with each byte of a scalar.
    @inline(__always)
    static func forEachByte(of scalar: UInt32, _ body: (UInt8) -> Void) {
        func trail(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: 0x80 | scalar >> shift & 0x3F) }
        switch scalar {
        case ..<0x80:
            body(UInt8(truncatingIfNeeded: scalar))
        case ..<0x800:
            body(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
            body(trail(0))
        case ..<0x10000:
            body(UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12))
            body(trail(6))
            body(trail(0))
        default:
            body(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
            body(trail(12))
            body(trail(6))
            body(trail(0))
        }
    }
}
