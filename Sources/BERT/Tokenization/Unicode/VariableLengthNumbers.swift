/// Reads the numbers of a table in `UnicodeTables`: base-64 digits of five bits each, low bits first, the sixth bit set
/// on all but a number's last digit. Line breaks are passed over.
struct VariableLengthNumbers {
    private var digits: ArraySlice<UInt8>

    init(_ table: StaticString) {
        digits = table.withUTF8Buffer { text in
            text.compactMap(Self.digit)[...]
        }
    }

    private init(digits: ArraySlice<UInt8>) {
        self.digits = digits
    }

    mutating func next() -> UInt32? {
        var value: UInt32 = 0
        var shift: UInt32 = 0
        while let digit = digits.popFirst() {
            value |= UInt32(digit & 31) << shift
            if digit < 32 { return value }
            shift += 5
        }
        return nil
    }

    /// The next number, zigzag-coded.
    mutating func nextSigned() -> Int32? {
        next().map { Int32($0 >> 1) ^ -Int32($0 & 1) }
    }

    /// Calls `body` with each range of a table of ranges: alternately the gap from the end of the last one, and the
    /// length of the next.
    mutating func forEachRange(_ body: (Range<UInt32>) -> Void) {
        var end: UInt32 = 0
        while let gap = next(), let length = next() {
            body(end + gap..<end + gap + length)
            end += gap + length
        }
    }

    /// Takes the next `length` digits as a table of their own.
    mutating func prefix(_ length: Int) -> VariableLengthNumbers {
        defer { digits = digits.dropFirst(length) }
        return VariableLengthNumbers(digits: digits.prefix(length))
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
