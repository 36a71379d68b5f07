/// One input of the encoder: piece ids with their segments, special pieces included.
public struct TokenSequence: Sendable, Equatable {
    /// Piece ids, `[T]`.
    public var pieces: [Int32]
    /// Position from which the segment id is 1 instead of 0; `pieces.count` where there is one segment.
    public var secondSegmentStart: Int
    /// Pieces from this position on are encoded but receive no attention (ColBERT's `[MASK]` padding).
    public var attended: Int

    /// A sequence of one segment in which every piece receives attention.
    public init(_ pieces: [Int32]) {
        self.pieces = pieces
        secondSegmentStart = pieces.count
        attended = pieces.count
    }

    /// `[CLS] first [SEP] second [SEP]` with segment ids 0 and 1; RoBERTa sets two separators between the texts.
    public init(
        first: some Collection<Int32>, second: some Collection<Int32>, cls: Int32, sep: Int32, separators: Int = 1
    ) {
        pieces = [cls] + first + Array(repeating: sep, count: separators)
        secondSegmentStart = pieces.count
        pieces += second
        pieces.append(sep)
        attended = pieces.count
    }

    /// Number of pieces.
    public var count: Int { pieces.count }
}
