/// Takes added pieces out of a text and normalizes what is between them, as `tokenizers` does: first those that stand
/// in the raw text, then, in each rest normalized as a whole, those that are looked for there.
struct TextSegmenter: Sendable {
    private let rawPieces: AddedPieceSet
    /// Looked for in the normalized text.
    private let normalizedPieces: AddedPieceSet
    private let normalizations: [TextNormalization]
    private let recognizesSpecialPieces: Bool

    init(added: [AddedPiece], normalizations: [TextNormalization], recognizesSpecialPieces: Bool) {
        self.normalizations = normalizations
        self.recognizesSpecialPieces = recognizesSpecialPieces
        rawPieces = AddedPieceSet(added.filter { !$0.isNormalized }.map { (Array($0.content.utf8), $0) })
        normalizedPieces = AddedPieceSet(
            added.filter(\.isNormalized).map { piece in
                var content = piece.content
                let text = content.withUTF8 { AlignedText($0, start: 0, recordsSources: false) }
                return (normalizations.reduce(text) { $1.apply(to: $0) }.bytes, piece)
            })
    }

    func run(over text: UnsafeBufferPointer<UInt8>, recordsSources: Bool, into sink: inout some SegmentSink) {
        rawPieces.forEachStretch(of: text, recognizesSpecialPieces: recognizesSpecialPieces) { piece, range in
            if let piece {
                sink.append(piece: piece.id, source: range)
            } else {
                normalize(
                    UnsafeBufferPointer(rebasing: text[range]), start: range.lowerBound, recordsSources, into: &sink)
            }
            return sink.wantsMore
        }
    }

    private func normalize(
        _ text: UnsafeBufferPointer<UInt8>, start: Int, _ recordsSources: Bool, into sink: inout some SegmentSink
    ) {
        let needed = normalizations.drop { !$0.changes(text) }
        guard !needed.isEmpty else {
            return split(
                TextSegment(
                    bytes: text, sources: recordsSources ? .identity(start: start, first: start) : .unknown,
                    beginsText: start == 0), into: &sink)
        }
        let raw = AlignedText(text, start: start, recordsSources: recordsSources)
        let normalized = needed.reduce(raw) { $1.apply(to: $0) }
        normalized.bytes.withUnsafeBufferPointer { bytes in
            split(
                TextSegment(
                    bytes: bytes, sources: recordsSources ? .mapped(normalized.sources) : .unknown,
                    beginsText: start == 0), into: &sink)
        }
    }

    private func split(_ segment: TextSegment, into sink: inout some SegmentSink) {
        normalizedPieces.forEachStretch(
            of: segment.bytes, recognizesSpecialPieces: recognizesSpecialPieces
        ) { piece, range in
            if let piece {
                sink.append(piece: piece.id, source: segment.source(at: range))
            } else {
                sink.append(segment.part(range))
            }
            return sink.wantsMore
        }
    }
}
