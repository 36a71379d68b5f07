import Search
import Testing

@Suite struct LRUCacheTests {
    /// Random operations against a plain list that does the same.
    @Test(arguments: 1...20) func agreesWithAPlainList(seed: UInt64) {
        var generator = Xorshift(state: seed)
        var cache = LRUCache<Int, Int>(limit: 100)
        var list: [(key: Int, value: Int, cost: Int)] = []
        for step in 0..<2000 {
            let key = Int.random(in: 0..<40, using: &generator)
            let place = list.firstIndex { $0.key == key }
            if Bool.random(using: &generator) {
                #expect(cache.value(for: key) == place.map { list[$0].value })
                if let place { list.append(list.remove(at: place)) }
            } else {
                let cost = Int.random(in: 0...110, using: &generator) / (step % 3 + 1)
                cache.insert(step, for: key, cost: cost)
                if let place { list.remove(at: place) }
                if cost <= 100 {
                    list.append((key, step, cost))
                    while list.reduce(0, { $0 + $1.cost }) > 100 { list.removeFirst() }
                }
            }
            #expect(cache.count == list.count && cache.cost == list.reduce(0) { $0 + $1.cost })
        }
        #expect(!list.isEmpty)
    }

    @Test func withoutRoomNothingIsKept() {
        var cache = LRUCache<String, Int>(limit: 0)
        cache.insert(1, for: "a", cost: 1)
        #expect(cache.value(for: "a") == nil && cache.count == 0)
    }

    private struct Xorshift: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }
}
