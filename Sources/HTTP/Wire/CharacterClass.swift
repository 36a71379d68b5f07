/// The character classes of RFC 9110 §5.6 as 128-bit sets; bytes from 0x80 on belong to none of them.
struct CharacterClass {
    private let low: UInt64
    private let high: UInt64

    /// `token`: method and field names.
    static var token: CharacterClass { CharacterClass(low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe) }
    /// `uri-host [ ":" port ]` without the comma, which would let two hosts pass as one.
    static var host: CharacterClass { CharacterClass(low: 0x2fff_6ff2_0000_0000, high: 0x47ff_fffe_afff_fffe) }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let word = byte < 64 ? low : high
        return byte < 128 && (word >> UInt64(byte & 63)) & 1 == 1
    }

    @inline(__always)
    func containsAll(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        for byte in bytes where !contains(byte) { return false }
        return true
    }

    /// Whether a field value holds only visible characters, spaces, tabs and bytes of 0x80 and above (RFC 9110 §5.5).
    @inline(__always)
    static func isFieldText(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        // Without an early exit, so that the loop becomes vector code.
        var bad: UInt8 = 0
        for byte in bytes {
            bad |= (byte < 0x20 ? 1 : 0) & (byte == 0x09 ? 0 : 1)
            bad |= byte == 0x7f ? 1 : 0
        }
        return bad == 0
    }

    /// The value of a hexadecimal digit, nil for any other byte.
    @inline(__always)
    static func hexValue(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte &- UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte &- UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte &- UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    /// Whether two runs of ASCII are the same but for case.
    @inline(__always)
    static func equalIgnoringCase(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where lowercased(left[index]) != lowercased(right[index]) { return false }
        return true
    }

    /// Whether bytes are exactly a literal.
    @inline(__always)
    static func equal(_ left: UnsafeBufferPointer<UInt8>, _ right: StaticString) -> Bool {
        guard left.count == right.utf8CodeUnitCount else { return false }
        for index in 0..<left.count where left[index] != right.utf8Start[index] { return false }
        return true
    }

    /// As `equalIgnoringCase` above, against a literal.
    @inline(__always)
    static func equalIgnoringCase(_ left: UnsafeBufferPointer<UInt8>, _ right: StaticString) -> Bool {
        equalIgnoringCase(left, UnsafeBufferPointer(start: right.utf8Start, count: right.utf8CodeUnitCount))
    }
}
