import Corpus
import JSON

extension MetadataFilter {
    /// How deep and, or and not may be nested.
    public static let deepest = 16
    /// Conditions on fields in one filter.
    public static let mostConditions = 100
    /// Filters in one filter, itself, members of lists and what `not` stands before counted.
    public static let mostParts = 2000
    /// Values in all lists of one filter.
    public static let mostValues = 10_000
    /// UTF-8 bytes of a field's name, and of a string that one is compared with.
    public static let longestField = 256
    public static let longestString = 4096

    /// Reads a filter as the REST interface and the command line take it (`docs/rest.md`, "Filters").
    ///
    /// Throws `MetadataFilterError`, whose path begins with `path`.
    public init(_ json: JSONValue, path: String = "filter") throws(MetadataFilterError) {
        var reader = FilterReader()
        self = try reader.filter(json, path, depth: 0)
    }

    /// Whether a field can be named in a filter: SQLite has no way to write others in a path.
    static func isUsable(field: String) -> Bool {
        !field.isEmpty && field.utf8.count <= longestField
            && field.utf8.allSatisfy {
                $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") && $0 != 0x7F
            }
    }
}

/// Reads one filter and counts what it is made of.
private struct FilterReader {
    private typealias Filter = MetadataFilter
    private var parts = 0
    private var conditions = 0
    private var values = 0

    mutating func filter(
        _ json: JSONValue, _ path: String, depth: Int
    ) throws(MetadataFilterError) -> MetadataFilter {
        guard depth <= Filter.deepest else {
            throw MetadataFilterError(path: path, message: "is nested over \(Filter.deepest) deep")
        }
        // Lists are the one thing that could grow without a condition in it.
        parts += 1
        guard parts <= Filter.mostParts else {
            throw MetadataFilterError(
                path: path, message: "is one part too many; at most \(Filter.mostParts) are allowed in a filter")
        }
        guard case .object(let members) = json else {
            throw MetadataFilterError(
                path: path, message: "must be an object such as {\"section\": \"net\"}, not \(json.kind)")
        }
        var parts: [MetadataFilter] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            let path = Self.path(path, name.text)
            switch name {
            case "and": parts.append(.and(try list(value, path, depth: depth)))
            case "or": parts.append(.or(try list(value, path, depth: depth)))
            case "not": parts.append(.not(try filter(value, path, depth: depth + 1)))
            default: parts.append(try condition(name, value, path))
            }
        }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func list(
        _ json: JSONValue, _ path: String, depth: Int
    ) throws(MetadataFilterError) -> [MetadataFilter] {
        guard case .array(let elements) = json else {
            throw MetadataFilterError(path: path, message: "must be an array of filters, not \(json.kind)")
        }
        guard elements.count <= Filter.mostConditions else {
            throw MetadataFilterError(
                path: path, message: "has \(elements.count) parts; at most \(Filter.mostConditions) are allowed")
        }
        var parts: [MetadataFilter] = []
        for (index, element) in elements.enumerated() {
            parts.append(try filter(element, "\(path)[\(index)]", depth: depth + 1))
        }
        return parts
    }

    private mutating func condition(
        _ field: CodePoints, _ json: JSONValue, _ path: String
    ) throws(MetadataFilterError) -> MetadataFilter {
        guard Filter.isUsable(field: field.text) else {
            throw MetadataFilterError(
                path: path,
                message:
                    "is no name to filter by: it must have 1 to \(Filter.longestField) bytes, without quotation marks, "
                    + "backslashes and control characters")
        }
        conditions += 1
        guard conditions <= Filter.mostConditions else {
            throw MetadataFilterError(
                path: path, message: "is one condition too many; at most \(Filter.mostConditions) are allowed")
        }
        switch json {
        case .object(let members) where members.keys.contains("in"):
            guard members.count == 1, let list = members["in"] else {
                throw MetadataFilterError(path: path, message: "cannot have other comparisons beside in; use and")
            }
            return .isIn(field: field, values: try elements(list, "\(path).in"))
        case .object(let members): return try range(field, members, path)
        case .array:
            throw MetadataFilterError(
                path: path, message: "must be a value, or {\"in\": […]} for one of several, not an array")
        default: return .isIn(field: field, values: [try value(json, path)])
        }
    }

    private mutating func elements(_ json: JSONValue, _ path: String) throws(MetadataFilterError) -> [Filter.Value] {
        guard case .array(let elements) = json else {
            throw MetadataFilterError(path: path, message: "must be an array of values, not \(json.kind)")
        }
        values += elements.count
        guard values <= Filter.mostValues else {
            throw MetadataFilterError(
                path: path, message: "has too many values; at most \(Filter.mostValues) are allowed in a filter")
        }
        var found: [Filter.Value] = []
        for (index, element) in elements.enumerated() { found.append(try value(element, "\(path)[\(index)]")) }
        return found
    }

    private func value(_ json: JSONValue, _ path: String) throws(MetadataFilterError) -> Filter.Value {
        switch json {
        case .null: return .absent
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        // The same number is the same filter, however it is written.
        case .number(let value): return Int64(exactly: value).map { .integer($0) } ?? .number(value)
        case .string(let text):
            guard text.utf8.count <= Filter.longestString, !text.utf8.contains(0) else {
                throw MetadataFilterError(
                    path: path, message: "must have at most \(Filter.longestString) bytes and no U+0000")
            }
            return .string(CodePoints(text))
        case .array, .object:
            throw MetadataFilterError(
                path: path, message: "must be a string, a number, true, false or null, not \(json.kind)")
        }
    }

    private func range(
        _ field: CodePoints, _ members: [CodePoints: JSONValue], _ path: String
    ) throws(MetadataFilterError) -> MetadataFilter {
        var (lower, upper): (Filter.Bound?, Filter.Bound?)
        for (name, json) in members.sorted(by: { $0.key < $1.key }) {
            let path = Self.path(path, name.text)
            let (isLower, isInclusive): (Bool, Bool)
            switch name {
            case "gt": (isLower, isInclusive) = (true, false)
            case "gte": (isLower, isInclusive) = (true, true)
            case "lt": (isLower, isInclusive) = (false, false)
            case "lte": (isLower, isInclusive) = (false, true)
            default:
                throw MetadataFilterError(
                    path: path,
                    message:
                        "is no comparison; there are gt, gte, lt, lte and in, and {\"not\": {FIELD: …}} around them")
            }
            switch json {
            case .string, .integer, .number: break
            case .null, .bool, .array, .object:
                throw MetadataFilterError(path: path, message: "must be a number or a string, not \(json.kind)")
            }
            let value = try value(json, path)
            let bound = Filter.Bound(value, isInclusive: isInclusive)
            guard (isLower ? lower : upper) == nil else {
                throw MetadataFilterError(path: path, message: "sets the same end of the range again")
            }
            if isLower { lower = bound } else { upper = bound }
        }
        guard lower != nil || upper != nil else {
            throw MetadataFilterError(path: path, message: "compares with nothing; use gt, gte, lt, lte or in")
        }
        if let lower, let upper, lower.value.isString != upper.value.isString {
            throw MetadataFilterError(path: path, message: "must have two numbers or two strings as its ends")
        }
        return .range(field: field, lower: lower, upper: upper)
    }

    /// A member's path; names that could be mistaken for more than one are quoted, and long ones cut.
    private static func path(_ path: String, _ name: String) -> String {
        let isPlain =
            !name.isEmpty
            && name.utf8.allSatisfy {
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                    || $0 == UInt8(ascii: "_")
            }
        let shown =
            name.unicodeScalars.count > 64
            ? String(String.UnicodeScalarView(name.unicodeScalars.prefix(64))) + "…" : name
        return isPlain ? "\(path).\(shown)" : "\(path)[\(JSONValue.string(shown).serialised())]"
    }
}

extension MetadataFilter.Value {
    var isString: Bool {
        if case .string = self { true } else { false }
    }
}
