extension JSONValue {
    /// Bytes that the canonical text has; numbers count as the longest that are usual.
    public var writtenBytes: Int {
        switch self {
        case .null, .bool: 5
        case .integer(let value): value.magnitude < 100_000 ? 6 : 20
        case .number: 20
        case .string(let value): Self.writtenBytes(of: value)
        case .array(let elements): elements.reduce(2) { $0 + $1.writtenBytes + 1 }
        case .object(let members):
            members.reduce(2) { $0 + Self.writtenBytes(of: $1.key.text) + $1.value.writtenBytes + 2 }
        }
    }

    /// About the bytes that the value takes in memory, which may be many times those of its text.
    public var memoryBytes: Int {
        let own = MemoryLayout<JSONValue>.stride
        switch self {
        case .null, .bool, .integer, .number: return own
        case .string(let value): return own + (value.utf8.count > 15 ? 32 + value.utf8.count : 0)
        case .array(let elements): return elements.reduce(own + 32) { $0 + $1.memoryBytes }
        case .object(let members):
            // A table has up to half as many places again as it needs.
            return members.reduce(own + 96) { $0 + 48 + own + $1.key.text.utf8.count + $1.value.memoryBytes }
        }
    }
}
