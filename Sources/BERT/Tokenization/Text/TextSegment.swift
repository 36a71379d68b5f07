/// A stretch of normalized text that knows where its bytes come from. The bytes are valid as long as the call that
/// hands it out.
struct TextSegment {
    let bytes: UnsafeBufferPointer<UInt8>
    let sources: Sources
    /// Whether nothing stands before it in the text.
    let beginsText: Bool

    /// For each byte of a segment, the bytes of the raw text that it was made from.
    enum Sources {
        /// Byte `i` of the segment is byte `start + i` of the text; those before `first` were set before it.
        case identity(start: Int, first: Int)
        case mapped([Range<Int>])
        /// Nobody asked for them.
        case unknown
    }

    var recordsSources: Bool {
        if case .unknown = sources { false } else { true }
    }

    /// The bytes of the raw text that `range` was made from; where it is empty, the place.
    func source(at range: Range<Int>) -> Range<Int> {
        switch sources {
        case .identity(let start, let first):
            return max(range.lowerBound + start, first)..<max(range.upperBound + start, first)
        case .mapped(let sources):
            guard sources.indices.contains(range.lowerBound) else { return 0..<0 }
            let start = sources[range.lowerBound].lowerBound
            return range.isEmpty ? start..<start : start..<max(start, sources[range.upperBound - 1].upperBound)
        case .unknown:
            return 0..<0
        }
    }

    /// The source of a piece, which is not empty: widened to whole scalars, and without its first `leading` bytes where
    /// more follows.
    func source(ofPiece range: Range<Int>, leading: Int) -> Range<Int> {
        guard recordsSources else { return 0..<0 }
        var (low, high) = (range.lowerBound, range.upperBound)
        if range.count > leading { low += leading }
        while low > 0, UTF8Decoding.isTrail(bytes[low]) { low -= 1 }
        while high < bytes.count, UTF8Decoding.isTrail(bytes[high]) { high += 1 }
        return source(at: low..<high)
    }

    /// Part of the segment.
    func part(_ range: Range<Int>) -> TextSegment {
        if range.count == bytes.count { return self }
        let sources: Sources =
            switch sources {
            case .identity(let start, let first):
                .identity(start: start + range.lowerBound, first: max(first, start + range.lowerBound))
            case .mapped(let sources): .mapped(Array(sources[range]))
            case .unknown: .unknown
            }
        return TextSegment(
            bytes: UnsafeBufferPointer(rebasing: bytes[range]), sources: sources,
            beginsText: beginsText && range.lowerBound == 0)
    }

    /// The same with a space set before it.
    func withLeadingSpace(_ body: (TextSegment) -> Void) {
        let longer = [UInt8(ascii: " ")] + bytes
        let sources: Sources =
            switch sources {
            case .identity(let start, let first): .identity(start: start - 1, first: first)
            case .mapped(let sources): .mapped([source(at: 0..<0)] + sources)
            case .unknown: .unknown
            }
        longer.withUnsafeBufferPointer {
            body(TextSegment(bytes: $0, sources: sources, beginsText: beginsText))
        }
    }
}
