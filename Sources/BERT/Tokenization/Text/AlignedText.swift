/// Text as a normalization makes it, byte by byte, each with its source where sources are wanted.
struct AlignedText {
    private(set) var bytes: [UInt8] = []
    /// One for each byte, or none.
    private(set) var sources: [Range<Int>] = []
    let recordsSources: Bool

    init(recordsSources: Bool) {
        self.recordsSources = recordsSources
    }

    /// A stretch of raw text that begins at byte `start`.
    init(_ text: UnsafeBufferPointer<UInt8>, start: Int, recordsSources: Bool) {
        bytes = Array(text)
        self.recordsSources = recordsSources
        if recordsSources { sources = text.indices.map { start + $0..<start + $0 + 1 } }
    }

    mutating func reserve(_ count: Int) {
        bytes.reserveCapacity(count)
        if recordsSources { sources.reserveCapacity(count) }
    }

    /// Appends bytes that were all made from `source`.
    mutating func append(_ more: some Sequence<UInt8>, source: Range<Int>) {
        for byte in more {
            bytes.append(byte)
            if recordsSources { sources.append(source) }
        }
    }

    mutating func append(_ scalar: UInt32, source: Range<Int>) {
        UTF8Decoding.forEachByte(of: scalar) { byte in
            bytes.append(byte)
            if recordsSources { sources.append(source) }
        }
    }

    /// Appends part of another text as it stands.
    mutating func append(_ other: AlignedText, _ range: Range<Int>) {
        bytes.append(contentsOf: other.bytes[range])
        if recordsSources { sources.append(contentsOf: other.sources[range]) }
    }

    /// Where a stretch comes from.
    func source(of range: Range<Int>) -> Range<Int> {
        guard recordsSources, !range.isEmpty else { return 0..<0 }
        return sources[range.lowerBound].lowerBound..<sources[range.upperBound - 1].upperBound
    }

    mutating func remove(_ range: Range<Int>) {
        bytes.removeSubrange(range)
        if recordsSources { sources.removeSubrange(range) }
    }
}
