extension JSONParser {
    /// The string at `position`, which is at its opening quote.
    mutating func string() throws(JSONError) -> String {
        let opening = position
        position += 1
        let first = position
        skipPlain()
        if ahead == UInt8(ascii: "\"") {
            position += 1
            return try text(UnsafeRawBufferPointer(rebasing: bytes[first..<position - 1]), at: first)
        }
        // The string has escapes, so it does not lie in the input as it is meant.
        var unescaped = [UInt8](bytes[first..<position])
        while true {
            guard position < bytes.count else { throw failure("string without a closing quote", at: opening) }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return try text(unescaped, at: first)
            case UInt8(ascii: "\\"):
                try unescape(into: &unescaped)
            default:
                throw failure("control character in a string; write it as \\u00XX")
            }
            let start = position
            skipPlain()
            unescaped.append(contentsOf: bytes[start..<position])
        }
    }

    /// Moves to the next quote, backslash or control character.
    private mutating func skipPlain() {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else { return }
            position += 1
        }
    }

    private func text(_ buffer: some Collection<UInt8>, at offset: Int) throws(JSONError) -> String {
        guard let text = String(validating: buffer, as: UTF8.self) else {
            throw failure("string is not valid UTF-8", at: offset)
        }
        return text
    }

    private mutating func unescape(into text: inout [UInt8]) throws(JSONError) {
        let escape = position
        guard position + 1 < bytes.count else { throw failure("string without a closing quote") }
        let letter = bytes[position + 1]
        position += 2
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: Array(String(try scalar(escape: escape)).utf8))
        default: throw failure("unknown escape", at: escape)
        }
    }

    /// The character of `\uXXXX`, or of the two that make a surrogate pair; `position` is after the first `\u`.
    private mutating func scalar(escape: Int) throws(JSONError) -> Character {
        var code = try hexadecimal()
        if 0xD800..<0xDC00 ~= code, ahead == UInt8(ascii: "\\"), position + 1 < bytes.count,
            bytes[position + 1] == UInt8(ascii: "u")
        {
            position += 2
            let low = try hexadecimal()
            guard 0xDC00..<0xE000 ~= low else { throw failure("unpaired surrogate", at: escape) }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = UnicodeScalar(code) else { throw failure("unpaired surrogate", at: escape) }
        return Character(scalar)
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(UnicodeScalar(ahead)).hexDigitValue else {
                throw failure("expected four hexadecimal digits after \\u")
            }
            code = code << 4 + UInt32(digit)
            position += 1
        }
        return code
    }
}
