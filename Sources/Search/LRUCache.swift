/// Values by key up to a total cost; what has not been asked for longest goes first. All operations take constant time.
package struct LRUCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        let key: Key
        var value: Value
        var cost: Int
        /// Places of the entries used just before and just after this one; -1 where there is none.
        var older: Int
        var newer: Int
    }

    package let limit: Int
    package private(set) var cost = 0
    private var places: [Key: Int] = [:]
    private var entries: [Entry] = []
    private var oldest = -1
    private var newest = -1

    /// - Parameter limit: the costs of all values together never exceed it.
    package init(limit: Int) { self.limit = max(limit, 0) }

    package var count: Int { entries.count }

    /// The value of a key, which becomes the one that was used last.
    package mutating func value(for key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        unlink(place)
        linkAsNewest(place)
        return entries[place].value
    }

    /// Keeps a value, unless it alone is over the limit.
    package mutating func insert(_ value: Value, for key: Key, cost: Int) {
        if let place = places[key] { remove(place) }
        guard cost <= limit else { return }
        while self.cost > limit - cost { remove(oldest) }
        entries.append(Entry(key: key, value: value, cost: cost, older: -1, newer: -1))
        places[key] = entries.count - 1
        linkAsNewest(entries.count - 1)
        self.cost += cost
    }

    private mutating func remove(_ place: Int) {
        unlink(place)
        cost -= entries[place].cost
        places[entries[place].key] = nil
        // The last entry moves into the gap.
        let last = entries.count - 1
        if place != last {
            let moved = entries[last]
            entries[place] = moved
            places[moved.key] = place
            if moved.older >= 0 { entries[moved.older].newer = place } else { oldest = place }
            if moved.newer >= 0 { entries[moved.newer].older = place } else { newest = place }
        }
        entries.removeLast()
    }

    private mutating func unlink(_ place: Int) {
        let (older, newer) = (entries[place].older, entries[place].newer)
        if older >= 0 { entries[older].newer = newer } else { oldest = newer }
        if newer >= 0 { entries[newer].older = older } else { newest = older }
    }

    private mutating func linkAsNewest(_ place: Int) {
        entries[place].older = newest
        entries[place].newer = -1
        if newest >= 0 { entries[newest].newer = place } else { oldest = place }
        newest = place
    }
}
