extension JSONParser {
    /// Powers of ten that a `Double` holds exactly.
    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// The number at `position`. An integer that fits 64 bits stays one; anything else is the nearest `Double`.
    mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        let negative = ahead == UInt8(ascii: "-")
        if negative { position += 1 }

        var digits = Digits()
        let whole = position
        scan(into: &digits)
        guard position > whole else { throw failure("expected a digit") }
        guard bytes[whole] != UInt8(ascii: "0") || position == whole + 1 else {
            throw failure("number with a leading zero", at: start)
        }
        var isInteger = true
        var exponent = 0
        if ahead == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            let fraction = position
            scan(into: &digits)
            guard position > fraction else { throw failure("expected a digit after the decimal point") }
            exponent = fraction - position
        }
        if ahead | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            exponent += try writtenExponent()
        }

        if isInteger, !digits.overflowed {
            if !negative, let value = Int64(exactly: digits.value) { return .integer(value) }
            if negative, digits.value != 0, digits.value <= UInt64(Int64.min.magnitude) {
                return .integer(Int64(truncatingIfNeeded: 0 &- digits.value))
            }
        }
        // Both factors are exact, so one rounding gives the nearest value (Clinger 1990).
        if !digits.overflowed, digits.value <= 1 << 53, abs(exponent) <= 22 {
            let power = Self.powersOfTen[abs(exponent)]
            let value = exponent < 0 ? Double(digits.value) / power : Double(digits.value) * power
            return .number(negative ? -value : value)
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let value = Double(text), value.isFinite else { throw failure("number out of range", at: start) }
        return .number(value)
    }

    private struct Digits {
        var value: UInt64 = 0
        var overflowed = false
    }

    private mutating func scan(into digits: inout Digits) {
        while case let digit = ahead &- UInt8(ascii: "0"), digit < 10 {
            let (product, overflow) = digits.value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            digits.overflowed = digits.overflowed || overflow || carry
            digits.value = sum
            position += 1
        }
    }

    private mutating func writtenExponent() throws(JSONError) -> Int {
        position += 1
        let negative = ahead == UInt8(ascii: "-")
        if negative || ahead == UInt8(ascii: "+") { position += 1 }
        let first = position
        var exponent = 0
        while case let digit = ahead &- UInt8(ascii: "0"), digit < 10 {
            // Larger ones are out of range or zero whatever their digits say.
            exponent = min(exponent * 10 + Int(digit), 1 << 32)
            position += 1
        }
        guard position > first else { throw failure("expected a digit in the exponent") }
        return negative ? -exponent : exponent
    }
}
