/// The byte-level byte-pair tokenizer of GPT-2, as RoBERTa and ModernBERT use it: text is cut into words by a regular
/// expression, and the bytes of each word are merged by learned ranks.
///
/// Every text has pieces, and none is unknown.
public final class BytePairEncoding: Tokenizer {
    public let vocabulary: Vocabulary
    public let pairSeparators: Int
    let segmenter: TextSegmenter
    let merges: BytePairMerges
    /// The piece of each byte.
    let bytePieces: [Int32]
    /// The words, as bytes, that become a single piece.
    let wholeWords: PieceTrie
    /// Whether each stretch of text is read as if a space stood before it.
    let addsPrefixSpace: Bool

    init(_ description: BytePairDescription, recognizesSpecialPieces: Bool) {
        vocabulary = description.vocabulary
        pairSeparators = description.pairSeparators
        segmenter = TextSegmenter(
            added: description.addedPieces, normalizations: description.normalizations,
            recognizesSpecialPieces: recognizesSpecialPieces)
        merges = description.merges
        bytePieces = description.bytePieces
        addsPrefixSpace = description.addsPrefixSpace
        wholeWords = description.wholeWords
    }

    public func encode(
        utf8: UnsafeBufferPointer<UInt8>, limit: Int, recordsRanges: Bool
    ) -> (pieces: [Int32], ranges: [Range<Int>]) {
        var pass = BytePairPass(self, output: PieceOutput(limit: limit, recordsRanges: recordsRanges))
        if pass.wantsMore { segmenter.run(over: utf8, recordsSources: recordsRanges, into: &pass) }
        return pass.output.result
    }
}

/// One text's way through a `BytePairEncoding`.
private struct BytePairPass: SegmentSink {
    private let tokenizer: BytePairEncoding
    private(set) var output: PieceOutput
    private var word: BytePairWord

    init(_ tokenizer: BytePairEncoding, output: PieceOutput) {
        self.tokenizer = tokenizer
        self.output = output
        word = BytePairWord(merges: tokenizer.merges, bytePieces: tokenizer.bytePieces)
    }

    var wantsMore: Bool { output.wantsMore }

    mutating func append(piece: Int32, source: Range<Int>) { output.append(piece, source) }

    mutating func append(_ segment: TextSegment) {
        if tokenizer.addsPrefixSpace, segment.bytes.first != UInt8(ascii: " ") {
            segment.withLeadingSpace { split($0) }
        } else {
            split(segment)
        }
    }

    private mutating func split(_ segment: TextSegment) {
        var splitter = ByteLevelSplitter(segment.bytes)
        while output.wantsMore, let range = splitter.next() {
            let bytes = segment.bytes[range]
            if let piece = tokenizer.wholeWords.id(of: bytes) {
                append(piece, range, of: segment)
                continue
            }
            word.cut(bytes)
            var start = range.lowerBound
            for (piece, end) in zip(word.pieces, word.ends) where output.wantsMore {
                append(piece, start..<range.lowerBound + end, of: segment)
                start = range.lowerBound + end
            }
        }
    }

    private mutating func append(_ piece: Int32, _ range: Range<Int>, of segment: TextSegment) {
        let leading = segment.bytes[range.lowerBound] == UInt8(ascii: " ") ? 1 : 0
        output.append(piece, segment.source(ofPiece: range, leading: leading))
    }
}
