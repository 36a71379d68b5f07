/// Merges the bytes of one word to pieces: time and again the pair of lowest rank, the leftmost of equals (Sennrich et
/// al. 2016, arXiv:1508.07909).
struct BytePairWord {
    /// The pieces of the last word, and where in it each ends.
    private(set) var pieces: [Int32] = []
    private(set) var ends: [Int] = []

    /// Longer words are merged by a heap, in n·log n steps; up to here a scan for the lowest rank is faster.
    static let longestScan = 64

    private let merges: BytePairMerges
    /// The piece of each byte.
    private let bytePieces: [Int32]
    /// For each piece, the merge with its right neighbour.
    private var pending: [BytePairMerges.Merge] = []
    private var heap = BytePairHeap()

    init(merges: BytePairMerges, bytePieces: [Int32]) {
        self.merges = merges
        self.bytePieces = bytePieces
    }

    mutating func cut(_ word: Slice<UnsafeBufferPointer<UInt8>>) {
        pieces.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        pending.removeAll(keepingCapacity: true)
        for byte in word {
            let piece = bytePieces[Int(byte)]
            if let last = pieces.last { pending.append(merges.merge(last, piece)) }
            pieces.append(piece)
            ends.append(ends.count + 1)
        }
        pending.append(BytePairMerges.none)
        if word.count <= Self.longestScan { mergeByScan() } else { mergeByHeap() }
    }

    private mutating func mergeByScan() {
        while true {
            var best = 0
            for place in pending.indices where pending[place] < pending[best] { best = place }
            let merge = pending[best]
            guard merge != BytePairMerges.none else { return }
            pieces[best] = BytePairMerges.piece(of: merge)
            pieces.remove(at: best + 1)
            ends.remove(at: best)
            pending.remove(at: best)
            if best > 0 { pending[best - 1] = merges.merge(pieces[best - 1], pieces[best]) }
            if best + 1 < pieces.count { pending[best] = merges.merge(pieces[best], pieces[best + 1]) }
        }
    }

    /// The same with the pieces as a linked list over the places of their first bytes.
    private mutating func mergeByHeap() {
        let count = pieces.count
        var next = (1...count).map { $0 }
        var previous = (-1..<count - 1).map { $0 }
        heap.removeAll()
        for place in 0..<count where pending[place] != BytePairMerges.none {
            heap.insert(BytePairHeap.Entry(merge: pending[place], place: place))
        }
        while let entry = heap.popFirst() {
            let place = entry.place
            // What was pending here when the entry was made may have been overtaken.
            guard pending[place] == entry.merge else { continue }
            let gone = next[place]
            pieces[place] = BytePairMerges.piece(of: entry.merge)
            pending[gone] = BytePairMerges.none
            next[place] = next[gone]
            if next[place] < count { previous[next[place]] = place }
            for left in [previous[place], place] where left >= 0 {
                let right = next[left]
                pending[left] = right < count ? merges.merge(pieces[left], pieces[right]) : BytePairMerges.none
                if pending[left] != BytePairMerges.none {
                    heap.insert(BytePairHeap.Entry(merge: pending[left], place: left))
                }
            }
        }
        var (kept, place) = (0, 0)
        while place < count {
            pieces[kept] = pieces[place]
            ends[kept] = next[place]
            (kept, place) = (kept + 1, next[place])
        }
        pieces.removeLast(count - kept)
        ends.removeLast(count - kept)
    }
}
