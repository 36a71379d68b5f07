/// Finds the best cut of a word (Viterbi 1967) as Hugging Face's `Unigram` does, ties and unknown characters included.
struct UnigramLattice {
    /// The pieces of the last word, and where in it each ends.
    private(set) var pieces: [(piece: Int32, end: Int)] = []

    /// The best way to a place of the word, by its last piece.
    private struct Node {
        var score = 0.0
        var piece: Int32 = 0
        /// Where that piece begins; -1 where no way leads here.
        var start: Int32 = -1

        @inline(__always)
        mutating func offer(_ piece: Int32, from start: Int, _ score: Double) {
            guard self.start < 0 || score > self.score else { return }
            self = Node(score: score, piece: piece, start: Int32(truncatingIfNeeded: start))
        }
    }

    private let trie: PieceTrie
    private let scores: UnigramScores
    private var nodes: [Node] = []

    init(trie: PieceTrie, scores: UnigramScores) {
        self.trie = trie
        self.scores = scores
    }

    mutating func cut(_ word: UnsafeBufferPointer<UInt8>) {
        nodes.removeAll(keepingCapacity: true)
        nodes.append(contentsOf: repeatElement(Node(), count: word.count + 1))
        nodes.withUnsafeMutableBufferPointer { [trie, scores] in
            Self.findBestWays(through: word, $0, trie, scores)
        }
        pieces.removeAll(keepingCapacity: true)
        var end = word.count
        while end > 0 {
            let piece = nodes[end].piece
            var start = Int(nodes[end].start)
            if piece == scores.unk {
                // Neighbouring unknown characters are one piece.
                while start > 0, nodes[start].piece == scores.unk { start = Int(nodes[start].start) }
                appendUnknown(word[start..<end])
            } else {
                pieces.append((piece, end))
            }
            end = start
        }
        pieces.reverse()
    }

    private static func findBestWays(
        through word: UnsafeBufferPointer<UInt8>, _ nodes: UnsafeMutableBufferPointer<Node>, _ trie: PieceTrie,
        _ scores: UnigramScores
    ) {
        scores.values.withUnsafeBufferPointer { values in
            var at = 0
            while at < word.count {
                let next = at + UTF8Decoding.scalar(of: word, at: at).length
                let score = nodes[at].score
                var isKnown = false
                trie.forEachMatch(in: word, from: at) { id, end in
                    guard Int(id) < values.count else { return }
                    nodes[end].offer(id, from: at, score + values[Int(id)])
                    if end == next { isKnown = true }
                }
                if !isKnown { nodes[next].offer(scores.unk, from: at, score + scores.unknown) }
                at = next
            }
        }
    }

    /// In reverse, as the pieces of a word are found.
    private mutating func appendUnknown(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) {
        if let piece = trie.id(of: bytes), piece < scores.values.count {
            pieces.append((piece, bytes.endIndex))
        } else if let bytePieces = scores.bytePieces {
            for place in bytes.indices.reversed() { pieces.append((bytePieces[Int(bytes[place])], place + 1)) }
        } else {
            pieces.append((scores.unk, bytes.endIndex))
        }
    }
}
