import JSON

/// Which passages a search may find, by their metadata.
///
///     let filter = try MetadataFilter(["section": "net", "size": ["gte": 10, "lt": 100]])
///     let allowed = try snapshot.passages(matching: filter)
///
/// A condition looks at one field of the metadata object. Where the field holds an array, it holds if any element fits.
/// Strings compare by code points and only with strings, numbers only with numbers.
public indirect enum MetadataFilter: Sendable, Hashable {
    /// Every part holds; true without parts.
    case and([MetadataFilter])
    /// Some part holds; false without parts.
    case or([MetadataFilter])
    case not(MetadataFilter)
    /// The field, or an element of it, is one of these values.
    case isIn(field: CodePoints, values: [Value])
    /// The field, or one and the same element of it, lies between the bounds that there are.
    case range(field: CodePoints, lower: Bound?, upper: Bound?)

    /// What a condition compares with.
    public enum Value: Sendable, Hashable {
        case string(CodePoints)
        case integer(Int64)
        case number(Double)
        case bool(Bool)
        /// The field is missing or null.
        case absent
    }

    /// An end of a range: a string or a number.
    public struct Bound: Sendable, Hashable {
        public let value: Value
        /// Whether the value itself lies in the range.
        public let isInclusive: Bool

        public init(_ value: Value, isInclusive: Bool) {
            self.value = value
            self.isInclusive = isInclusive
        }
    }

    /// The names of the fields that conditions look at.
    var fields: Set<CodePoints> {
        switch self {
        case .and(let parts), .or(let parts): parts.reduce(into: []) { $0.formUnion($1.fields) }
        case .not(let part): part.fields
        case .isIn(let field, _), .range(let field, _, _): [field]
        }
    }
}
