/// An open-addressing table from identifiers to their numbers in a `DocnoStorage`.
///
/// Keys may be told apart further by a seed (the query's number), so that one table serves a whole qrels file.
struct DocnoTable: Sendable {
    private var slots: [UInt32]
    private var hashes: [UInt64]
    private let mask: Int

    /// A table for up to `capacity` identifiers; it is never more than half full.
    init(capacity: Int) {
        var size = 16
        while size < 2 * capacity { size *= 2 }
        slots = Array(repeating: 0, count: size)
        hashes = Array(repeating: 0, count: size)
        mask = size - 1
    }

    mutating func removeAll() {
        for slot in slots.indices { slots[slot] = 0 }
    }

    /// Adds an identifier. Returns the number of an equal one that is there already, which then stays.
    mutating func insert(
        _ index: Int, hash: UInt64, isEqual: (Int) -> Bool
    ) -> Int? {
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let present = Int(slots[slot]) - 1
            if hashes[slot] == hash, isEqual(present) { return present }
            slot = (slot + 1) & mask
        }
        slots[slot] = UInt32(truncatingIfNeeded: index + 1)
        hashes[slot] = hash
        return nil
    }

    /// Number of the identifier with this hash for which `isEqual` holds.
    func find(hash: UInt64, isEqual: (Int) -> Bool) -> Int? {
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let present = Int(slots[slot]) - 1
            if hashes[slot] == hash, isEqual(present) { return present }
            slot = (slot + 1) & mask
        }
        return nil
    }
}
