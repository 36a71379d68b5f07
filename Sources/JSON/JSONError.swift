/// Why some bytes are no JSON, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kept the bytes from being read.
    public enum Kind: Sendable {
        case malformed
        /// More values than may be read: a value takes many times the bytes that it is written in.
        case tooManyValues
    }

    public let kind: Kind
    /// Byte at which reading stopped, counted from 0.
    public let offset: Int
    public let message: String

    public init(offset: Int, message: String, kind: Kind = .malformed) {
        self.kind = kind
        self.offset = offset
        self.message = message
    }

    public var description: String { "invalid JSON at byte \(offset): \(message)" }
}
