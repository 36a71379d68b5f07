/// A binary heap of times at which connections want to be looked at.
///
/// Entries are not removed when a connection's deadline moves: the loop compares when one comes up. A request therefore
/// costs no heap operation as long as deadlines only move later. The loop filters out what has become pointless when there
/// is much of it.
package struct TimerHeap {
    package struct Entry {
        package var time: Int64
        package var slot: Int32
        package var generation: UInt32

        package init(time: Int64, slot: Int32, generation: UInt32) {
            self.time = time
            self.slot = slot
            self.generation = generation
        }
    }

    private var entries: [Entry] = []

    package init() {}

    /// The earliest time, or never.
    package var earliest: Int64 { entries.first?.time ?? .max }

    package var count: Int { entries.count }

    /// Keeps the entries that satisfy a condition.
    package mutating func filter(_ isKept: (Entry) -> Bool) {
        // A sorted array is a heap.
        entries = entries.filter(isKept).sorted { $0.time < $1.time }
    }

    package mutating func insert(_ entry: Entry) {
        entries.append(entry)
        var index = entries.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard entries[index].time < entries[parent].time else { break }
            entries.swapAt(index, parent)
            index = parent
        }
    }

    /// Takes the earliest entry if its time has come.
    package mutating func pop(dueAt now: Int64) -> Entry? {
        guard let first = entries.first, first.time <= now, let last = entries.popLast() else { return nil }
        guard !entries.isEmpty else { return first }
        entries[0] = last
        var index = 0
        while true {
            var smallest = index
            for child in [2 * index + 1, 2 * index + 2] where child < entries.count {
                if entries[child].time < entries[smallest].time { smallest = child }
            }
            guard smallest != index else { return first }
            entries.swapAt(index, smallest)
            index = smallest
        }
    }
}
