/// A JSON value (RFC 8259), integers kept apart from other numbers.
package enum CheckpointJSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    /// A number with fraction or exponent, or one too large for an `Int`.
    case number(Double)
    case string(String)
    case array([CheckpointJSON])
    case object([String: CheckpointJSON])

    /// The kind of value in words, for messages.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .number: "a number with fraction or exponent"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
