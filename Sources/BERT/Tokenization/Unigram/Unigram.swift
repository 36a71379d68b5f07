/// SentencePiece's unigram tokenizer (Kudo 2018, arXiv:1804.10959), as XLM-R uses it: of all ways to cut a word into
/// known pieces the one of the highest summed score is taken.
public final class Unigram: Tokenizer {
    public let vocabulary: Vocabulary
    public let pairSeparators: Int
    let segmenter: TextSegmenter
    let splitter: MetaspaceSplitter
    let scores: UnigramScores

    init(_ description: UnigramDescription, recognizesSpecialPieces: Bool) {
        vocabulary = description.vocabulary
        pairSeparators = description.pairSeparators
        segmenter = TextSegmenter(
            added: description.addedPieces, normalizations: description.normalizations,
            recognizesSpecialPieces: recognizesSpecialPieces)
        splitter = description.splitter
        // As pieces of the model they would be found in any text.
        scores =
            recognizesSpecialPieces
            ? description.scores
            : description.scores.without(
                description.addedPieces.filter(\.isSpecial).map(\.id)
                    + [vocabulary.pad, vocabulary.unk, vocabulary.cls, vocabulary.sep, vocabulary.mask])
    }

    public func encode(
        utf8: UnsafeBufferPointer<UInt8>, limit: Int, recordsRanges: Bool
    ) -> (pieces: [Int32], ranges: [Range<Int>]) {
        var pass = UnigramPass(
            splitter: splitter, output: PieceOutput(limit: limit, recordsRanges: recordsRanges),
            lattice: UnigramLattice(trie: vocabulary.trie, scores: scores))
        if pass.wantsMore { segmenter.run(over: utf8, recordsSources: recordsRanges, into: &pass) }
        return pass.output.result
    }
}

/// One text's way through a `Unigram`.
private struct UnigramPass: SegmentSink {
    let splitter: MetaspaceSplitter
    private(set) var output: PieceOutput
    private var lattice: UnigramLattice

    init(splitter: MetaspaceSplitter, output: PieceOutput, lattice: UnigramLattice) {
        self.splitter = splitter
        self.output = output
        self.lattice = lattice
    }

    var wantsMore: Bool { output.wantsMore }

    mutating func append(piece: Int32, source: Range<Int>) { output.append(piece, source) }

    mutating func append(_ segment: TextSegment) {
        splitter.forEachWord(of: segment) { word in
            lattice.cut(word.bytes)
            var start = 0
            for (piece, end) in lattice.pieces {
                let leading = MetaspaceSplitter.marks(word.bytes, at: start) ? MetaspaceSplitter.mark.count : 0
                output.append(piece, word.source(ofPiece: start..<end, leading: leading))
                start = end
            }
            return output.wantsMore
        }
    }
}
