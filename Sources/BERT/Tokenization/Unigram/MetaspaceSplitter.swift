/// Hugging Face's `Metaspace`, alone or after `WhitespaceSplit`: spaces become `▁`, and each `▁` begins a word.
struct MetaspaceSplitter: Sendable {
    /// Where a `▁` is set before text that does not begin with one.
    enum Prefix: String, Sendable {
        case always, first, never
    }

    /// `▁` in UTF-8.
    static let mark: [UInt8] = [0xE2, 0x96, 0x81]

    /// Whether text is first cut at white space of any kind, which is dropped.
    let splitsAtWhiteSpace: Bool
    let prefix: Prefix

    static func marks(_ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> Bool {
        bytes.count - offset >= 3 && bytes[offset] == 0xE2 && bytes[offset + 1] == 0x96 && bytes[offset + 2] == 0x81
    }

    /// Calls `body` with each word until it gives false.
    func forEachWord(of segment: TextSegment, _ body: (TextSegment) -> Bool) {
        let bytes = segment.bytes
        var word = Word(segment)
        var at = 0
        var begins = true
        while at < bytes.count {
            if splitsAtWhiteSpace, let length = WhiteSpace.length(in: bytes, at: at) {
                guard word.end(body) else { return }
                at += length
                begins = true
                continue
            }
            let markLength = bytes[at] == UInt8(ascii: " ") ? 1 : Self.marks(bytes, at: at) ? 3 : 0
            if markLength > 0 {
                guard word.end(body) else { return }
                word.appendMark(from: at..<at + markLength)
                at += markLength
            } else if begins, setsPrefix(segment, at: at) {
                word.appendMark(from: at..<at)
            }
            begins = false
            let end = endOfRun(bytes, from: at)
            word.append(at..<end)
            at = end
        }
        _ = word.end(body)
    }

    /// Where the next white space or `▁` may stand.
    @inline(__always)
    private func endOfRun(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var at = start
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: " ") { break }
            if byte >= 0x21 && byte < 0xC2 || UTF8Decoding.isTrail(byte) {
                at += 1
                continue
            }
            if Self.marks(bytes, at: at) || splitsAtWhiteSpace && WhiteSpace.length(in: bytes, at: at) != nil { break }
            at += 1
        }
        return at
    }

    private func setsPrefix(_ segment: TextSegment, at offset: Int) -> Bool {
        switch prefix {
        case .always: true
        case .never: false
        case .first: offset == 0 && segment.beginsText
        }
    }

    /// The word that is being read.
    private struct Word {
        private let segment: TextSegment
        private var bytes: [UInt8] = []
        private var sources: [Range<Int>] = []

        init(_ segment: TextSegment) {
            self.segment = segment
        }

        mutating func append(_ range: Range<Int>) {
            bytes.append(contentsOf: segment.bytes[range])
            guard segment.recordsSources else { return }
            for place in range { sources.append(segment.source(at: place..<place + 1)) }
        }

        /// - Parameter range: what stands for the mark; empty where it is set before the word.
        mutating func appendMark(from range: Range<Int>) {
            bytes.append(contentsOf: MetaspaceSplitter.mark)
            guard segment.recordsSources else { return }
            sources.append(contentsOf: repeatElement(segment.source(at: range), count: MetaspaceSplitter.mark.count))
        }

        mutating func end(_ body: (TextSegment) -> Bool) -> Bool {
            guard !bytes.isEmpty else { return true }
            let goesOn = bytes.withUnsafeBufferPointer {
                body(
                    TextSegment(
                        bytes: $0, sources: segment.recordsSources ? .mapped(sources) : .unknown, beginsText: false))
            }
            bytes.removeAll(keepingCapacity: true)
            sources.removeAll(keepingCapacity: true)
            return goesOn
        }
    }
}
