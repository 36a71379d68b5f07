/// A JSON value (RFC 8259) with objects in the order of the file and keys as they are written.
///
/// Foundation's readers key objects by Swift strings, which are equal when canonically equivalent; the pieces of a
/// vocabulary are not.
enum JSONText {
    struct Member {
        let key: String
        let value: JSONText
    }

    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONText])
    case object([Member])

    subscript(_ key: String) -> JSONText? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    var integer: Int? {
        if case .number(let value) = self { Int(exactly: value) } else { nil }
    }

    var array: [JSONText]? {
        if case .array(let values) = self { values } else { nil }
    }

    var members: [Member]? {
        if case .object(let members) = self { members } else { nil }
    }

    var isNull: Bool {
        if case .null = self { true } else { false }
    }
}
