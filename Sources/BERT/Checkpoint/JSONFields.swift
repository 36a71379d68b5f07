/// The members of one JSON object, read under their types and ranges, with errors that name file and field.
///
/// A member that is `null` counts as absent.
package struct JSONFields {
    package let path: String
    /// The dotted path of this object within the file; empty for the whole.
    private let prefix: String
    package let members: [String: CheckpointJSON]

    /// Reads a file that holds one object.
    package init(file path: String) throws {
        guard case .object(let members) = try CheckpointJSONParser.parse(file: path) else {
            throw CheckpointError(path, "the file should hold one JSON object")
        }
        self.init(path: path, members: members)
    }

    package init(path: String, prefix: String = "", members: [String: CheckpointJSON]) {
        self.path = path
        self.prefix = prefix
        self.members = members
    }

    package func error(_ key: String, _ message: String, remedy: String? = nil) -> CheckpointError {
        CheckpointError(path, field: prefix + key, message, remedy: remedy)
    }

    private func expected(_ what: String, _ key: String, _ found: CheckpointJSON) -> CheckpointError {
        error(key, "\(what) should stand here, not \(found.kind)")
    }

    /// The member under `key`, or nil where it is absent or null.
    package func value(_ key: String) -> CheckpointJSON? {
        members[key].flatMap { $0 == .null ? nil : $0 }
    }

    /// Whether the member is there, be it null.
    package func states(_ key: String) -> Bool { members[key] != nil }

    package func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let value = value(key) else { return nil }
        guard case .integer(let integer) = value else { throw expected("an integer", key, value) }
        guard range.contains(integer) else {
            throw error(key, "\(integer) is outside \(range.lowerBound) to \(range.upperBound)")
        }
        return integer
    }

    package func requiredInteger(_ key: String, in range: ClosedRange<Int>) throws -> Int {
        guard let integer = try integer(key, in: range) else { throw error(key, "is missing") }
        return integer
    }

    package func number(_ key: String) throws -> Double? {
        switch value(key) {
        case nil: nil
        case .integer(let integer): Double(integer)
        case .number(let number): number
        case .some(let other): throw expected("a number", key, other)
        }
    }

    package func bool(_ key: String) throws -> Bool? {
        guard let value = value(key) else { return nil }
        guard case .bool(let bool) = value else { throw expected("true or false", key, value) }
        return bool
    }

    package func string(_ key: String) throws -> String? {
        guard let value = value(key) else { return nil }
        guard case .string(let string) = value else { throw expected("a string", key, value) }
        return string
    }

    package func array(_ key: String) throws -> [CheckpointJSON]? {
        guard let value = value(key) else { return nil }
        guard case .array(let elements) = value else { throw expected("an array", key, value) }
        return elements
    }

    package func strings(_ key: String) throws -> [String]? {
        try array(key)?.map { element in
            guard case .string(let string) = element else { throw expected("an array of strings", key, element) }
            return string
        }
    }

    package func integers(_ key: String, in range: ClosedRange<Int>) throws -> [Int]? {
        try array(key)?.map { element in
            guard case .integer(let integer) = element else { throw expected("an array of integers", key, element) }
            guard range.contains(integer) else {
                throw error(key, "\(integer) is outside \(range.lowerBound) to \(range.upperBound)")
            }
            return integer
        }
    }

    package func object(_ key: String) throws -> JSONFields? {
        guard let value = value(key) else { return nil }
        guard case .object(let members) = value else { throw expected("an object", key, value) }
        return JSONFields(path: path, prefix: prefix + key + ".", members: members)
    }

    /// Refuses members that are not among `known`, with the nearest known one as a suggestion.
    package func refuseKeys(except known: [String]) throws {
        guard let unknown = members.keys.filter({ !known.contains($0) }).min() else { return }
        let distances = known.map { (EditDistance.between($0, unknown), $0) }
        let nearest = distances.min { $0 < $1 }
        let remedy =
            if let nearest, nearest.0 <= max(2, unknown.count / 3) { "did you mean \"\(nearest.1)\"?" } else {
                "known here: \(known.joined(separator: ", "))"
            }
        throw error(unknown, "is not known here", remedy: remedy)
    }
}
