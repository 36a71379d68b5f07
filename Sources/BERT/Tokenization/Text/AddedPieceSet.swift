/// Added pieces ready to be looked for: at one place of a text the longest wins, as in `tokenizers`.
struct AddedPieceSet: Sendable {
    struct Match {
        let piece: AddedPiece
        /// In bytes, without white space that the piece takes with it.
        let length: Int
    }

    /// Ids are places in `pieces`.
    private var trie: PieceTrie
    private var pieces: [AddedPiece] = []
    /// Whether a pattern begins with each byte.
    private var begins = [Bool](repeating: false, count: 256)

    /// - Parameter pieces: what is to be looked for, and for which piece.
    init(_ pieces: some Collection<(bytes: [UInt8], piece: AddedPiece)>) {
        trie = PieceTrie(pieces: pieces.count)
        for (bytes, piece) in pieces {
            guard let first = bytes.first, trie.insert(bytes, id: Int32(self.pieces.count)).former == nil else {
                continue
            }
            self.pieces.append(piece)
            begins[Int(first)] = true
        }
    }

    var isEmpty: Bool { pieces.isEmpty }

    func canBegin(with byte: UInt8) -> Bool { begins[Int(byte)] }

    /// The longest piece that stands at `offset` of `text`.
    func match(in text: UnsafeBufferPointer<UInt8>, at offset: Int) -> Match? {
        guard begins[Int(text[offset])],
            let match = trie.longestMatch(in: text, from: offset, start: PieceTrie.root)
        else { return nil }
        return Match(piece: pieces[Int(match.id)], length: match.end - offset)
    }

    /// Calls `body` with the stretches of `text` in turn: an added piece, without white space that it takes with it, or
    /// nil for the text between two. Ends where `body` gives false.
    func forEachStretch(
        of text: UnsafeBufferPointer<UInt8>, recognizesSpecialPieces: Bool, _ body: (AddedPiece?, Range<Int>) -> Bool
    ) {
        var start = 0
        var at = 0
        while !isEmpty, at < text.count {
            guard let match = match(in: text, at: at) else {
                at += 1
                continue
            }
            let own = at..<at + match.length
            var (low, high) = (own.lowerBound, own.upperBound)
            at = high
            guard recognizesSpecialPieces || !match.piece.isSpecial else { continue }
            if match.piece.takesSpaceBefore {
                while low > start, let space = WhiteSpace.length(in: text, before: low) { low -= space }
            }
            if match.piece.takesSpaceAfter {
                while high < text.count, let space = WhiteSpace.length(in: text, at: high) { high += space }
                at = high
            }
            if start < low, !body(nil, start..<low) { return }
            guard body(match.piece, own) else { return }
            start = high
        }
        if start < text.count { _ = body(nil, start..<text.count) }
    }
}
