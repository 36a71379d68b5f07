/// Where a text goes once added pieces are taken out and the rest is normalized.
protocol SegmentSink {
    /// False once no more is of use.
    var wantsMore: Bool { get }
    /// An added piece, and the bytes of the text that it stands for.
    mutating func append(piece: Int32, source: Range<Int>)
    /// What stands between two added pieces, never empty.
    mutating func append(_ segment: TextSegment)
}
