/// Finds added pieces in the normalized text between two raw ones, and hands the rest to a `WordSplitter`.
///
/// Since the whole stretch is held before it is searched, a limit does not stop the reading early here.
struct NormalizedText: NormalizedSink {
    private(set) var splitter: WordSplitter
    private let added: AddedPieceSet
    private let recognizesSpecialPieces: Bool
    private var normalized = NormalizedBytes()

    init(splitter: WordSplitter, added: AddedPieceSet, recognizesSpecialPieces: Bool) {
        self.splitter = splitter
        self.added = added
        self.recognizesSpecialPieces = recognizesSpecialPieces
    }

    var wantsMore: Bool { splitter.wantsMore }

    mutating func append(ascii: UInt8, at offset: Int) {
        normalized.append(ascii: ascii, at: offset)
    }

    mutating func append(_ scalar: UInt32, source: Range<Int>) {
        normalized.append(scalar, source: source)
    }

    mutating func append(piece: Int32, source: Range<Int>) {
        split()
        splitter.append(piece: piece, source: source)
    }

    mutating func finish() {
        split()
        splitter.finish()
    }

    private mutating func split() {
        let sources = normalized.sources
        normalized.bytes.withUnsafeBufferPointer { bytes in
            var at = 0
            var matchesFrom = 0
            while at < bytes.count, splitter.wantsMore {
                let match = at < matchesFrom ? nil : added.match(in: bytes, at: at)
                if let match, !match.piece.isSpecial || recognizesSpecialPieces {
                    let end = at + match.length
                    splitter.append(piece: match.piece.id, source: sources[at].lowerBound..<sources[end - 1].upperBound)
                    at = end
                    continue
                }
                if let match { matchesFrom = at + match.length }
                let (scalar, length) = UTF8Decoding.scalar(of: bytes, at: at)
                splitter.append(scalar, source: sources[at])
                at += length
            }
        }
        normalized.removeAll()
    }
}
