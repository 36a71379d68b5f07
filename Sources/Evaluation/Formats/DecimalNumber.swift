/// Reads numbers from bytes, without making strings.
enum DecimalNumber {
    /// A decimal number, correctly rounded; `nil` where the bytes are none. `nan` and `inf` are read as such.
    static func double(_ bytes: UnsafeRawBufferPointer) -> Double? {
        var position = 0
        var mantissa: UInt64 = 0
        var digits = 0
        var exponent = 0
        let negative = bytes.first == 0x2D
        if negative || bytes.first == 0x2B { position = 1 }
        var afterPoint = false
        while position < bytes.count {
            let byte = bytes[position]
            if byte >= 0x30, byte <= 0x39 {
                guard digits < 18 else { return slowDouble(bytes) }
                mantissa = mantissa * 10 + UInt64(byte &- 0x30)
                digits += 1
                if afterPoint { exponent -= 1 }
            } else if byte == 0x2E, !afterPoint {
                afterPoint = true
            } else {
                return slowDouble(bytes)
            }
            position += 1
        }
        guard digits > 0 else { return nil }
        // Both factors are exact doubles, so that one rounding gives the right result (Clinger 1990).
        guard mantissa <= 1 << 53, exponent >= -22 else { return slowDouble(bytes) }
        let value = Double(mantissa) / powersOfTen[-exponent]
        return negative ? -value : value
    }

    /// A whole number; `nil` where the bytes are none or it does not fit.
    static func int(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var position = 0
        let negative = bytes.first == 0x2D
        if negative || bytes.first == 0x2B { position = 1 }
        guard position < bytes.count, bytes.count - position <= 18 else { return nil }
        var value = 0
        while position < bytes.count {
            let digit = Int(bytes[position]) - 0x30
            guard digit >= 0, digit <= 9 else { return nil }
            value = value * 10 + digit
            position += 1
        }
        return negative ? -value : value
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    private static func slowDouble(_ bytes: UnsafeRawBufferPointer) -> Double? {
        guard bytes.count < 400 else { return nil }
        return Double(String(decoding: bytes, as: UTF8.self))
    }
}
