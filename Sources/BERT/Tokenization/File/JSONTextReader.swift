/// Reads one JSON text from bytes; errors name the file and the line.
struct JSONTextReader {
    /// Deeper nesting is refused.
    static let maximumDepth = 64

    private let bytes: [UInt8]
    private let file: String
    private var at = 0

    /// Throws `TokenizationError` where `bytes` are not one JSON text.
    static func read(_ bytes: [UInt8], file: String) throws -> JSONText {
        var reader = JSONTextReader(bytes: bytes, file: file)
        let value = try reader.value(depth: 0)
        guard reader.peekOrEnd() == nil else { throw reader.failure("text follows the end of the JSON value") }
        return value
    }

    private init(bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
    }

    private func failure(_ message: String) -> TokenizationError {
        let line = 1 + bytes[..<min(at, bytes.count)].count { $0 == UInt8(ascii: "\n") }
        return TokenizationError(file: file, line: line, message: "not valid JSON: \(message)")
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
    }

    /// The next byte that is not white space, not yet taken.
    private mutating func peekOrEnd() -> UInt8? {
        while at < bytes.count, Self.isBlank(bytes[at]) { at += 1 }
        return at < bytes.count ? bytes[at] : nil
    }

    private mutating func peek() throws -> UInt8 {
        guard let byte = peekOrEnd() else { throw failure("the file ends early") }
        return byte
    }

    private mutating func expect(_ character: Unicode.Scalar) throws {
        guard try peek() == UInt8(ascii: character) else { throw failure("'\(character)' expected") }
        at += 1
    }

    private mutating func takeIf(_ character: Unicode.Scalar) throws -> Bool {
        guard try peek() == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    private mutating func value(depth: Int) throws -> JSONText {
        guard depth <= Self.maximumDepth else { throw failure("nested deeper than \(Self.maximumDepth)") }
        switch try peek() {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        default: return try scalar()
        }
    }

    private mutating func object(depth: Int) throws -> JSONText {
        try expect("{")
        var members: [JSONText.Member] = []
        if try takeIf("}") { return .object(members) }
        repeat {
            _ = try peek()
            let key = try string()
            try expect(":")
            members.append(JSONText.Member(key: key, value: try value(depth: depth + 1)))
        } while try takeIf(",")
        try expect("}")
        return .object(members)
    }

    private mutating func array(depth: Int) throws -> JSONText {
        try expect("[")
        var values: [JSONText] = []
        if try takeIf("]") { return .array(values) }
        repeat { values.append(try value(depth: depth + 1)) } while try takeIf(",")
        try expect("]")
        return .array(values)
    }

    private mutating func scalar() throws -> JSONText {
        let start = at
        while at < bytes.count, !Self.isBlank(bytes[at]), !Self.endsScalar(bytes[at]) { at += 1 }
        let word = String(decoding: bytes[start..<at], as: UTF8.self)
        switch word {
        case "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default:
            // `Double` also reads hexadecimal and names, which JSON has not.
            let isPlain = word.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
            guard isPlain, let number = Double(word) else { throw failure("\"\(word.prefix(40))\" is not a value") }
            return .number(number)
        }
    }

    private mutating func string() throws -> String {
        try expect("\"")
        var text: [UInt8] = []
        while true {
            let start = at
            while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\"), bytes[at] >= 0x20
            {
                at += 1
            }
            text.append(contentsOf: bytes[start..<at])
            guard at < bytes.count else { throw failure("the file ends inside a string") }
            switch bytes[at] {
            case UInt8(ascii: "\""):
                at += 1
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw failure("a string is not valid UTF-8")
                }
                return string
            case UInt8(ascii: "\\"):
                at += 1
                UTF8Decoding.forEachByte(of: try escape()) { text.append($0) }
            default:
                throw failure("a control character inside a string")
            }
        }
    }

    private mutating func escape() throws -> UInt32 {
        guard at < bytes.count else { throw failure("the file ends inside a string") }
        let character = bytes[at]
        at += 1
        switch character {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UInt32(character)
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"): return try codePoint()
        default: throw failure("an unknown escape")
        }
    }

    private mutating func codePoint() throws -> UInt32 {
        let first = try fourDigits()
        guard (0xD800...0xDFFF).contains(first) else { return first }
        guard first < 0xDC00, bytes[at...].starts(with: "\\u".utf8) else { throw failure("half a surrogate pair") }
        at += 2
        let second = try fourDigits()
        guard (0xDC00...0xDFFF).contains(second) else { throw failure("half a surrogate pair") }
        return 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
    }

    private mutating func fourDigits() throws -> UInt32 {
        let digits = String(decoding: bytes[at...].prefix(4), as: UTF8.self)
        guard digits.utf8.count == 4, digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16) else {
            throw failure("\\u needs four hexadecimal digits")
        }
        at += 4
        return value
    }
}
