import Corpus
import JSON

/// How often each value of a field occurs among the candidates of a search.
///
/// Candidates are the passages that BM25 found after the filter, at most as many as the pipeline takes.
public struct FacetCounts: Sendable, Equatable {
    public let field: CodePoints
    /// The most frequent first; equal counts in the order of values: false, true, numbers, strings by code points.
    public let values: [(value: JSONValue, count: Int)]

    init(_ counter: Counter) {
        field = counter.request.field
        let sorted = counter.counts.sorted {
            $0.value != $1.value ? $0.value > $1.value : Self.precedes($0.key, $1.key)
        }
        values = sorted.prefix(counter.request.size).map { ($0.key, $0.value) }
    }

    /// Counts the scalar values of a field, passage by passage; an array counts for each of its distinct elements.
    struct Counter {
        let request: FacetRequest
        fileprivate var counts: [JSONValue: Int] = [:]

        init(_ request: FacetRequest) { self.request = request }

        /// Takes in a passage's metadata; the bytes that its new values take.
        mutating func add(_ fields: [CodePoints: JSONValue]) -> Int {
            switch fields[request.field] {
            case .array(let elements): Set(elements.compactMap(countable)).reduce(0) { $0 + count($1) }
            case let value?: countable(value).map { count($0) } ?? 0
            case nil: 0
            }
        }

        private mutating func count(_ value: JSONValue) -> Int {
            let known = counts.count
            counts[value, default: 0] += 1
            return counts.count == known ? 0 : 64 + value.memoryBytes
        }
    }

    /// About the bytes that the counts have as JSON.
    var writtenBytes: Int { values.reduce(field.text.utf8.count + 8) { $0 + $1.value.writtenBytes + 24 } }

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
