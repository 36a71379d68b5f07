/// Any JSON value (RFC 8259): a passage's metadata, a request's body, an answer.
///
///     let value = try JSONValue(parsing: #"{"year": 1998, "tags": ["a", "b"]}"#)
///     value["year"]?.integerValue   // 1998
///     value.serialised()            // {"tags":["a","b"],"year":1998}
///
/// Whole numbers that fit 64 bits are `integer` and keep every digit; all others are `number`. The two are different
/// values, as `1` and `1.0` are written differently. Strings and members' names are compared by their code points: names
/// that Unicode calls canonically equivalent are two members. Of members with the same name the last one counts.
public enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([CodePoints: JSONValue])

    /// An object of members by their names; of those with the same name the last one counts.
    public init(members: [(String, JSONValue)]) {
        self = .object(Dictionary(members.map { (CodePoints($0), $1) }, uniquingKeysWith: { $1 }))
    }

    /// The truth value, `nil` for every other kind.
    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The whole number, also where it was written as `3.0`; `nil` for every other value.
    public var integerValue: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The number, integers included (rounded beyond 2^53); `nil` for every other kind.
    public var numberValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The string, `nil` for every other kind.
    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The elements, `nil` for every other kind.
    public var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The members, `nil` for every other kind.
    public var objectValue: [CodePoints: JSONValue]? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The member of that name; `nil` where there is none or the value is no object.
    public subscript(name: CodePoints) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    /// What kind of value this is, with its article, for messages: "a string", "an object", "null".
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSONValue: Hashable {
    public static func == (one: JSONValue, other: JSONValue) -> Bool {
        switch (one, other) {
        case (.null, .null): true
        case (.bool(let one), .bool(let other)): one == other
        case (.integer(let one), .integer(let other)): one == other
        case (.number(let one), .number(let other)): one == other
        case (.string(let one), .string(let other)): CodePoints(one) == CodePoints(other)
        case (.array(let one), .array(let other)): one == other
        case (.object(let one), .object(let other)): one == other
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .integer(let value): hasher.combine(value)
        case .number(let value): hasher.combine(value)
        case .string(let value): hasher.combine(CodePoints(value))
        case .array(let elements): hasher.combine(elements)
        case .object(let members): hasher.combine(members)
        }
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// Of members with the same name the last one counts, as in parsed text.
    public init(dictionaryLiteral members: (CodePoints, JSONValue)...) {
        self = .object(Dictionary(members, uniquingKeysWith: { $1 }))
    }
}
