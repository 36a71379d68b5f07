import Foundation

/// Text that is compared and hashed by its code points, so that it can be a key or an operand whoever wrote it.
///
///     CodePoints("caf\u{E9}") == CodePoints("cafe\u{301}")   // false, where Swift's own `==` of strings says true
///
/// Swift's strings are equal where Unicode calls them canonically equivalent. SQLite, JSON, and the people who stored two
/// such strings tell them apart, so text from outside is a dictionary's key, a set's member or one side of a comparison
/// only as this type.
public struct CodePoints: Sendable {
    public let text: String

    public init(_ text: String) { self.text = text }

    public init(_ text: Substring) { self.text = String(text) }

    /// The text's UTF-8, in one piece.
    @inline(__always)
    private func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if let result = text.utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) {
            return result
        }
        return Array(text.utf8).withUnsafeBytes(body)
    }
}

extension CodePoints: Hashable, Comparable {
    public static func == (one: CodePoints, other: CodePoints) -> Bool {
        guard one.text.utf8.count == other.text.utf8.count else { return false }
        return one.withBytes { one in
            other.withBytes { other in
                guard let first = one.baseAddress, let second = other.baseAddress else {
                    return one.count == other.count
                }
                return memcmp(first, second, min(one.count, other.count)) == 0
            }
        }
    }

    public func hash(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: $0) }
        // No UTF-8 has this byte, so that of two texts in a row the border counts.
        hasher.combine(0xFF as UInt8)
    }

    /// The order of code points, which is that of the bytes of UTF-8.
    public static func < (one: CodePoints, other: CodePoints) -> Bool {
        one.text.utf8.lexicographicallyPrecedes(other.text.utf8)
    }
}

extension CodePoints: ExpressibleByStringLiteral, CustomStringConvertible {
    public init(stringLiteral text: String) { self.text = text }

    public var description: String { text }
}

extension CodePoints: Codable, CodingKeyRepresentable {
    public init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public var codingKey: any CodingKey { Name(stringValue: text) }

    public init?(codingKey: some CodingKey) { text = codingKey.stringValue }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
