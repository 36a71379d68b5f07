/// A strict JSON parser: UTF-8, one value, no key twice in an object, bounded nesting.
///
/// Foundation's readers keep one of two values under the same key without a word; a file of weights whose header
/// names a tensor twice must be refused.
package struct CheckpointJSONParser {
    /// Why a text is no JSON, and at which byte.
    package struct Failure: Error {
        package let offset: Int
        package let message: String
    }

    private static let maximumDepth = 64
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var depth = 0

    /// Parses a whole text.
    ///
    /// - Throws: `Failure`.
    package static func parse(_ bytes: UnsafeRawBufferPointer) throws -> CheckpointJSON {
        var parser = CheckpointJSONParser(bytes: bytes)
        let value = try parser.value()
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.failure("something follows the value") }
        return value
    }

    /// Parses the file at `path`, which may begin with a byte order mark.
    ///
    /// - Parameter limit: the greatest size accepted, in bytes.
    /// - Throws: `CheckpointError` that names the file and the line.
    package static func parse(file path: String, limit: Int = 64 << 20) throws -> CheckpointJSON {
        let file = try MappedFile(path: path, limit: limit)
        return try withExtendedLifetime(file) {
            do {
                let hasMark = file.bytes.starts(with: [0xEF, 0xBB, 0xBF])
                let value = try parse(hasMark ? UnsafeRawBufferPointer(rebasing: file.bytes[3...]) : file.bytes)
                try file.checkWhole()
                return value
            } catch let failure as Failure {
                let line = 1 + file.bytes[..<failure.offset].count { $0 == UInt8(ascii: "\n") }
                throw CheckpointError(path, "line \(line): this is no JSON: \(failure.message)")
            }
        }
    }

    private init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    private func failure(_ message: String) -> Failure {
        Failure(offset: min(position, bytes.count), message: message)
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    private mutating func value() throws -> CheckpointJSON {
        skipSpace()
        guard let first = next else { throw failure("the text ends where a value should stand") }
        switch first {
        case UInt8(ascii: "{"): return try nested { try $0.object() }
        case UInt8(ascii: "["): return try nested { try $0.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw failure("no value begins like this")
        }
    }

    private mutating func nested(_ body: (inout CheckpointJSONParser) throws -> CheckpointJSON) throws -> CheckpointJSON
    {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw failure("nested more than \(Self.maximumDepth) deep") }
        position += 1
        return try body(&self)
    }

    private mutating func object() throws -> CheckpointJSON {
        var members: [String: CheckpointJSON] = [:]
        skipSpace()
        if take("}") { return .object(members) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw failure("a key in quotes should stand here") }
            let key = try string()
            skipSpace()
            guard take(":") else { throw failure("a colon should follow the key \(CheckpointError.quoted(key))") }
            guard members.updateValue(try value(), forKey: key) == nil else {
                throw failure("the key \(CheckpointError.quoted(key)) stands twice in one object")
            }
            skipSpace()
        } while take(",")
        guard take("}") else { throw failure("a comma or a closing brace should stand here") }
        return .object(members)
    }

    private mutating func array() throws -> CheckpointJSON {
        var elements: [CheckpointJSON] = []
        skipSpace()
        if take("]") { return .array(elements) }
        repeat {
            elements.append(try value())
            skipSpace()
        } while take(",")
        guard take("]") else { throw failure("a comma or a closing bracket should stand here") }
        return .array(elements)
    }

    private mutating func literal(_ text: StaticString, _ value: CheckpointJSON) throws -> CheckpointJSON {
        let end = position + text.utf8CodeUnitCount
        guard end <= bytes.count, text.withUTF8Buffer({ $0.elementsEqual(bytes[position..<end]) }) else {
            throw failure("\(text) is misspelt")
        }
        position = end
        return value
    }

    private mutating func digits() throws {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw failure("a digit should stand here") }
    }

    private mutating func number() throws -> CheckpointJSON {
        let start = position
        var isInteger = true
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") {
            isInteger = false
            try digits()
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let integer = Int(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else {
            throw failure("the number \(text.prefix(40)) is too large")
        }
        return .number(number)
    }

    private mutating func string() throws -> String {
        position += 1
        var text: [UInt8] = []
        var runStart = position
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                text.append(contentsOf: bytes[runStart..<position])
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw failure("a string is no UTF-8")
                }
                position += 1
                return string
            case UInt8(ascii: "\\"):
                text.append(contentsOf: bytes[runStart..<position])
                position += 1
                text.append(contentsOf: String(try escaped()).utf8)
                runStart = position
            case 0..<0x20:
                throw failure("a control character stands bare in a string")
            default:
                position += 1
            }
        }
        throw failure("a string does not end")
    }

    /// The character that an escape stands for, with `position` after its backslash.
    private mutating func escaped() throws -> Unicode.Scalar {
        guard let byte = next else { throw failure("the text ends within an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let first = try codeUnit()
            if let scalar = Unicode.Scalar(first) { return scalar }
            guard UTF16.isLeadSurrogate(first), take("\\"), take("u") else { throw failure("half a surrogate pair") }
            let second = try codeUnit()
            guard UTF16.isTrailSurrogate(second),
                let scalar = Unicode.Scalar(0x1_0000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
            else { throw failure("half a surrogate pair") }
            return scalar
        default: throw failure("no escape is written like this")
        }
    }

    private mutating func codeUnit() throws -> UInt16 {
        guard position + 4 <= bytes.count else { throw failure("the text ends within an escape") }
        let digits = String(decoding: bytes[position..<position + 4], as: UTF8.self)
        guard digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
            let unit = UInt16(digits, radix: 16)
        else { throw failure("four hexadecimal digits should follow \\u") }
        position += 4
        return unit
    }
}
