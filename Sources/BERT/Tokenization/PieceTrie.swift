/// The pieces of a vocabulary as a byte trie, its edges in one open-addressing hash table: a transition is one probe,
/// and building takes one insertion an edge.
struct PieceTrie: Sendable {
    /// A state: pieces that share a prefix. 0 is the root.
    typealias Node = UInt32

    static let root: Node = 0
    /// Edges are keyed by 24 bits of node and 8 of byte.
    static let maximumNodes = 1 << 24

    private struct Edge {
        static let none = Edge(key: 0, child: 0, id: -1)

        /// `node << 8 | byte`.
        var key: UInt32
        /// 0, the root, which no edge leads to, marks an empty slot.
        var child: Node
        /// The piece that ends at the child, -1 for none.
        var id: Int32
    }

    /// A power of two of slots, at most half of them taken.
    private var edges: [Edge]
    /// 64 less the binary logarithm of the number of slots.
    private var shift: UInt64
    private var nodes = 1

    /// - Parameter pieces: how many pieces are expected; room grows where they need more.
    init(pieces: Int) {
        // BERT's vocabularies have between two and three edges a piece.
        let bits = UInt64(max(10, Int.bitWidth - (max(pieces, 1) * 5).leadingZeroBitCount))
        edges = [Edge](repeating: .none, count: 1 << bits)
        shift = 64 - bits
    }

    /// Adds a piece. Returns the id it already had, or nil where it is new; false in `fits` where the trie is full.
    mutating func insert(_ piece: some Sequence<UInt8>, id: Int32) -> (former: Int32?, fits: Bool) {
        var node = Self.root
        var last = 0
        for byte in piece {
            if nodes * 2 > edges.count { grow() }
            let key = node << 8 | UInt32(byte)
            last = slot(of: key)
            if edges[last].child == 0 {
                guard nodes < Self.maximumNodes else { return (nil, false) }
                edges[last] = Edge(key: key, child: Node(nodes), id: -1)
                nodes += 1
            }
            node = edges[last].child
        }
        let former = edges[last].id
        guard node != Self.root, former < 0 else { return (former < 0 ? nil : former, true) }
        edges[last].id = id
        return (nil, true)
    }

    /// The node that `bytes` lead to, nil where there is none.
    func node(after bytes: some Sequence<UInt8>) -> Node? {
        find(bytes)?.child
    }

    /// The id of exactly this piece.
    func id(of piece: some Sequence<UInt8>) -> Int32? {
        find(piece).flatMap { $0.id < 0 ? nil : $0.id }
    }

    private func find(_ bytes: some Sequence<UInt8>) -> Edge? {
        var edge = Edge.none
        for byte in bytes {
            edge = edges[slot(of: edge.child << 8 | UInt32(byte))]
            if edge.child == 0 { return nil }
        }
        return edge.child == 0 ? nil : edge
    }

    /// The longest piece, counted from `start`, that begins at `offset` of `word`: its id and where it ends.
    @inline(__always)
    func longestMatch(in word: UnsafeBufferPointer<UInt8>, from offset: Int, start: Node) -> (id: Int32, end: Int)? {
        var node = start
        var match: (id: Int32, end: Int)?
        var at = offset
        while at < word.count {
            let edge = edges[slot(of: node << 8 | UInt32(word[at]))]
            if edge.child == 0 { break }
            node = edge.child
            at += 1
            if edge.id >= 0 { match = (edge.id, at) }
        }
        return match
    }

    /// Calls `body` with every piece that begins at `offset` of `word`, from the shortest: its id and where it ends.
    @inline(__always)
    func forEachMatch(in word: UnsafeBufferPointer<UInt8>, from offset: Int, _ body: (Int32, Int) -> Void) {
        var node = Self.root
        var at = offset
        while at < word.count {
            let edge = edges[slot(of: node << 8 | UInt32(word[at]))]
            if edge.child == 0 { break }
            node = edge.child
            at += 1
            if edge.id >= 0 { body(edge.id, at) }
        }
    }

    /// The slot that holds the edge of this key, or the empty one where it would go.
    @inline(__always)
    private func slot(of key: UInt32) -> Int {
        // Fibonacci hashing (Knuth, volume 3, section 6.4), then linear probing.
        var slot = Int(truncatingIfNeeded: (UInt64(key) &* 0x9E37_79B9_7F4A_7C15) >> shift)
        while edges[slot].child != 0, edges[slot].key != key { slot = (slot + 1) & (edges.count - 1) }
        return slot
    }

    private mutating func grow() {
        let former = edges
        edges = [Edge](repeating: .none, count: former.count * 2)
        shift -= 1
        for edge in former where edge.child != 0 { edges[slot(of: edge.key)] = edge }
    }
}
