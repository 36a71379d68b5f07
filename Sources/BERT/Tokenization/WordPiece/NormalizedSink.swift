/// Where normalized text goes. Sources are byte ranges of the raw text.
protocol NormalizedSink {
    /// False once no more is of use.
    var wantsMore: Bool { get }
    mutating func append(ascii: UInt8, at offset: Int)
    mutating func append(_ scalar: UInt32, source: Range<Int>)
    /// An added piece, found in the raw text; it parts what stands before it from what follows.
    mutating func append(piece: Int32, source: Range<Int>)
    /// The text is over.
    mutating func finish()
}
