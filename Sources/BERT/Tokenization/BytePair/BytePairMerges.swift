/// The merges of a byte-pair encoding: which two pieces become which, and which pair comes first.
struct BytePairMerges: Sendable {
    /// A rank above and the merged piece below: the smallest value is the merge to be done first.
    typealias Merge = UInt64
    static let none = Merge.max

    private struct Slot {
        static let empty = Slot(key: .max, merge: BytePairMerges.none)

        /// The left piece above, the right one below.
        var key: UInt64
        var merge: Merge
    }

    /// A power of two of slots, at most half of them taken.
    private var slots: [Slot]
    private let shift: UInt64

    /// - Parameter count: how many merges will be added, at most.
    init(count: Int) {
        let bits = UInt64(max(4, Int.bitWidth - (2 * max(count, 1)).leadingZeroBitCount))
        slots = [Slot](repeating: .empty, count: 1 << bits)
        shift = 64 - bits
    }

    /// Adds a merge of the next lower precedence. Of two merges of one pair the later counts, as in `tokenizers`.
    mutating func add(left: Int32, right: Int32, merged: Int32, rank: UInt32) {
        let key = Self.key(left, right)
        slots[slot(of: key)] = Slot(key: key, merge: UInt64(rank) << 32 | UInt64(UInt32(bitPattern: merged)))
    }

    /// The merge of a pair, or `none`.
    @inline(__always)
    func merge(_ left: Int32, _ right: Int32) -> Merge {
        slots[slot(of: Self.key(left, right))].merge
    }

    /// The piece that a merge makes.
    @inline(__always)
    static func piece(of merge: Merge) -> Int32 { Int32(truncatingIfNeeded: merge) }

    @inline(__always)
    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// The slot that holds this key, or the empty one where it would go.
    @inline(__always)
    private func slot(of key: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
        while slots[slot].merge != Self.none, slots[slot].key != key { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }
}
