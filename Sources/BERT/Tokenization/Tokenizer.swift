/// Cuts text into the pieces of a model's vocabulary; the type to read first in this folder.
///
///     let tokenizer = try TokenizerFile.tokenizer(folder: model)
///     tokenizer.encode("Passerines perch.")
///
/// `WordPiece` is BERT's, `BytePairEncoding` RoBERTa's and ModernBERT's, `Unigram` XLM-R's. Each gives the ids that
/// Hugging Face's `tokenizers` gives for the same `tokenizer.json`.
public protocol Tokenizer: Sendable {
    var vocabulary: Vocabulary { get }
    /// How many separators stand between the texts of a pair: 1 as in BERT, 2 as in RoBERTa.
    var pairSeparators: Int { get }

    /// The first `limit` pieces of a text and, where asked for, the bytes that each was made from.
    func encode(
        utf8: UnsafeBufferPointer<UInt8>, limit: Int, recordsRanges: Bool
    ) -> (pieces: [Int32], ranges: [Range<Int>])
}

extension Tokenizer {
    public var pairSeparators: Int { 1 }

    /// The ids of the pieces of `text`, without the special pieces around it.
    public func encode(_ text: String) -> [Int32] {
        encode(text, limit: .max)
    }

    /// The first `limit` ids. Reading stops there, so that what a long text costs is bounded by the limit, but for the
    /// normalization of tokenizers that normalize a text as a whole, and the length of a single word.
    public func encode(_ text: String, limit: Int) -> [Int32] {
        var text = text
        return text.withUTF8 { encode(utf8: $0, limit: limit, recordsRanges: false).pieces }
    }

    /// The ids and where each piece stands: byte ranges of the text's UTF-8, without the white space that a piece
    /// begins with. Pieces of one scalar (its single bytes, or the letters of a decomposed Hangul syllable) share its
    /// range; a piece of a mark that was set before the text has an empty one.
    public func encodeWithOffsets(_ text: String, limit: Int = .max) -> (pieces: [Int32], ranges: [Range<Int>]) {
        var text = text
        return text.withUTF8 { encode(utf8: $0, limit: limit, recordsRanges: true) }
    }
}
