/// A sorted map from Unicode scalars, searched by halving: small, and asked only for the few scalars that have an entry.
struct ScalarMap<Value: Sendable>: Sendable {
    private(set) var keys: [UInt32] = []
    private var values: [Value] = []

    /// Adds an entry; keys must come in rising order.
    mutating func append(_ key: UInt32, _ value: Value) {
        assert(keys.last.map { $0 < key } ?? true)
        keys.append(key)
        values.append(value)
    }

    subscript(_ key: UInt32) -> Value? {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low < keys.count && keys[low] == key ? values[low] : nil
    }
}
