import Corpus
import JSON

/// How often each value of a field occurs among the candidates of a search.
///
/// Candidates are the passages that BM25 found after the filter, at most as many as the pipeline takes.
public struct FacetCounts: Sendable, Equatable {
    public let field: CodePoints
    /// The most frequent first; equal counts in the order of values: false, true, numbers, strings by code points.
    public let values: [(value: JSONValue, count: Int)]

    /// Counts the scalar values of a field; an array counts for each of its distinct elements.
    init(_ request: FacetRequest, over metadata: [[CodePoints: JSONValue]]) {
        field = request.field
        var counts: [JSONValue: Int] = [:]
        for fields in metadata {
            switch fields[request.field] {
            case .array(let elements):
                for value in Set(elements.compactMap(Self.countable)) { counts[value, default: 0] += 1 }
            case let value?: if let value = Self.countable(value) { counts[value, default: 0] += 1 }
            case nil: break
            }
        }
        let sorted = counts.sorted { $0.value != $1.value ? $0.value > $1.value : Self.precedes($0.key, $1.key) }
        values = sorted.prefix(request.size).map { ($0.key, $0.value) }
    }

    public static func == (one: FacetCounts, other: FacetCounts) -> Bool {
        one.field == other.field && one.values.elementsEqual(other.values, by: ==)
    }

    /// A value as it is counted, the same for `1` and `1.0`; `nil` for null, arrays and objects.
    private static func countable(_ value: JSONValue) -> JSONValue? {
        switch value {
        case .null, .array, .object: nil
        case .number: value.integerValue.map { .integer($0) } ?? value
        case .bool, .integer, .string: value
        }
    }

    private static func precedes(_ one: JSONValue, _ other: JSONValue) -> Bool {
        switch (one, other) {
        case (.bool(let one), .bool(let other)): return !one && other
        case (.string(let one), .string(let other)): return CodePoints(one) < CodePoints(other)
        default: return one.isSmaller(than: other) ?? (rank(one) < rank(other))
        }
    }

    private static func rank(_ value: JSONValue) -> Int {
        switch value {
        case .bool: 0
        case .integer, .number: 1
        default: 2
        }
    }
}
