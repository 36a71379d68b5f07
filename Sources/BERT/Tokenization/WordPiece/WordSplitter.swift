/// Hugging Face's `BertPreTokenizer` and `WordPiece`: collects normalized text to words, punctuation a word each, and
/// cuts each word into its longest known prefix, then the longest continuation, and so on; `[UNK]` where that fails.
struct WordSplitter: NormalizedSink {
    private(set) var pieces: [Int32] = []
    /// Sources of `pieces`, empty unless they were asked for.
    private(set) var ranges: [Range<Int>] = []

    private let trie: PieceTrie
    private let continuation: PieceTrie.Node?
    private let unk: Int32
    private let maximumWordLength: Int
    private let limit: Int
    private let recordsRanges: Bool
    private let asciiKinds: [Kind]

    /// The current word's first `length` bytes, no more than `maximumWordLength` scalars.
    private let word: UnsafeMutableBufferPointer<UInt8>
    private var length = 0
    private var scalars = 0
    /// For each byte of the word, the source of its scalar.
    private var sources: [Range<Int>] = []
    private var end = 0

    private enum Kind: UInt8 {
        case letter, whitespace, punctuation

        init(_ scalar: UInt32) {
            let classes = CharacterTable.shared.classes(of: scalar)
            self = classes.contains(.whitespace) ? .whitespace : classes.contains(.punctuation) ? .punctuation : .letter
        }

        static let ascii = (UInt32(0)..<128).map(Kind.init)
    }

    /// - Parameter word: room for `maximumWordLength` scalars of four bytes.
    init(_ tokenizer: WordPiece, word: UnsafeMutableBufferPointer<UInt8>, limit: Int, recordsRanges: Bool) {
        trie = tokenizer.vocabulary.trie
        continuation = tokenizer.vocabulary.continuation
        unk = tokenizer.vocabulary.unk
        maximumWordLength = tokenizer.maximumWordLength
        self.word = word
        self.limit = max(limit, 0)
        self.recordsRanges = recordsRanges
        asciiKinds = Kind.ascii
    }

    var wantsMore: Bool {
        @inline(__always) get { pieces.count < limit }
    }

    @inline(__always)
    mutating func append(ascii: UInt8, at offset: Int) {
        switch asciiKinds[Int(ascii)] {
        case .letter:
            extend(ascii: ascii, at: offset)
        case .whitespace:
            endWord()
        case .punctuation:
            endWord()
            extend(ascii: ascii, at: offset)
            endWord()
        }
    }

    mutating func append(_ scalar: UInt32, source: Range<Int>) {
        switch Kind(scalar) {
        case .letter:
            extend(scalar, source: source)
        case .whitespace:
            endWord()
        case .punctuation:
            endWord()
            extend(scalar, source: source)
            endWord()
        }
    }

    mutating func append(piece: Int32, source: Range<Int>) {
        endWord()
        guard wantsMore else { return }
        pieces.append(piece)
        if recordsRanges { ranges.append(source) }
    }

    mutating func finish() {
        endWord()
    }

    @inline(__always)
    private mutating func extend(ascii: UInt8, at offset: Int) {
        if scalars < maximumWordLength {
            word[length] = ascii
            length += 1
            if recordsRanges { sources.append(offset..<offset + 1) }
        }
        scalars += 1
        end = offset + 1
    }

    private mutating func extend(_ scalar: UInt32, source: Range<Int>) {
        if scalars < maximumWordLength {
            UTF8Decoding.forEachByte(of: scalar) { byte in
                word[length] = byte
                length += 1
                if recordsRanges { sources.append(source) }
            }
        }
        scalars += 1
        end = source.upperBound
    }

    @inline(__always)
    private mutating func endWord() {
        if scalars > 0 { lookUpWord() }
    }

    private mutating func lookUpWord() {
        let before = pieces.count
        if scalars > maximumWordLength || !cutWord() {
            pieces.removeLast(pieces.count - before)
            pieces.append(unk)
            if recordsRanges {
                ranges.removeLast(ranges.count - before)
                ranges.append((sources.first?.lowerBound ?? end)..<end)
            }
        }
        if pieces.count > limit {
            if recordsRanges { ranges.removeLast(pieces.count - limit) }
            pieces.removeLast(pieces.count - limit)
        }
        length = 0
        scalars = 0
        if recordsRanges { sources.removeAll(keepingCapacity: true) }
    }

    /// Appends the pieces of the word; false, with some of them appended, where it cannot be cut.
    private mutating func cutWord() -> Bool {
        let bytes = UnsafeBufferPointer(rebasing: word[..<length])
        var node = PieceTrie.root
        var at = 0
        while true {
            guard let match = trie.longestMatch(in: bytes, from: at, start: node) else { return false }
            pieces.append(match.id)
            if recordsRanges { ranges.append(sources[at].lowerBound..<sources[match.end - 1].upperBound) }
            if match.end == length { return true }
            guard let continuation else { return false }
            node = continuation
            at = match.end
        }
    }
}
