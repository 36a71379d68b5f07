/// A recursive-descent parser for RFC 8259 that reads bytes in place and copies only what becomes a value.
struct JSONParser {
    let bytes: UnsafeRawBufferPointer
    var position = 0
    private var depth: Int

    init(bytes: UnsafeRawBufferPointer, depthLimit: Int) {
        self.bytes = bytes
        depth = depthLimit
    }

    /// The byte ahead; 0, which no JSON text contains, at the end.
    var ahead: UInt8 {
        position < bytes.count ? bytes[position] : 0
    }

    func failure(_ message: String, at offset: Int? = nil) -> JSONError {
        JSONError(offset: offset ?? position, message: message)
    }

    mutating func document() throws(JSONError) -> JSONValue {
        skipSpace()
        let value = try value()
        skipSpace()
        guard position == bytes.count else { throw failure("text after the end of the value") }
        return value
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            position += 1
        }
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        switch ahead {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return try nested { (parser) throws(JSONError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { (parser) throws(JSONError) in try parser.array() }
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw failure(position == bytes.count ? "ends where a value should be" : "expected a value")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONError) -> JSONValue
    ) throws(JSONError) -> JSONValue {
        guard depth > 0 else { throw failure("nested too deeply") }
        depth -= 1
        position += 1
        skipSpace()
        let value = try body(&self)
        depth += 1
        return value
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let count = word.utf8CodeUnitCount
        guard bytes.count - position >= count,
            bytes[position..<position + count].elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: count))
        else { throw failure("expected a value") }
        position += count
        return value
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        var elements: [JSONValue] = []
        if ahead == UInt8(ascii: "]") {
            position += 1
            return .array(elements)
        }
        while true {
            elements.append(try value())
            guard try goesOn(closing: UInt8(ascii: "]")) else { return .array(elements) }
        }
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        if ahead == UInt8(ascii: "}") {
            position += 1
            return .object([:])
        }
        var members = [CodePoints: JSONValue](minimumCapacity: 3)
        while true {
            guard ahead == UInt8(ascii: "\"") else { throw failure("expected a member's name in quotes") }
            let name = CodePoints(try string())
            skipSpace()
            guard ahead == UInt8(ascii: ":") else { throw failure("expected ':' after a member's name") }
            position += 1
            skipSpace()
            members[name] = try value()
            guard try goesOn(closing: UInt8(ascii: "}")) else { return .object(members) }
        }
    }

    /// Passes the comma (true) or the closing bracket (false) after an element.
    private mutating func goesOn(closing: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        let byte = ahead
        guard byte == UInt8(ascii: ",") || byte == closing else {
            throw failure("expected ',' or '\(Character(UnicodeScalar(closing)))'")
        }
        position += 1
        guard byte != closing else { return false }
        skipSpace()
        return true
    }
}
