import Foundation

/// BERT's tokenizer: cuts text into pieces of a vocabulary exactly as Hugging Face's `tokenizers` does with
/// `BertNormalizer`, `BertPreTokenizer` and `WordPiece`.
///
///     let tokenizer = try WordPiece(folder: model)
///     tokenizer.encode("Passerines perch.")   // [3413, 24226, 2015, 21836, 1012], without [CLS] and [SEP]
///
/// Text flows through once: `Normalizer` cleans and lowercases it scalar by scalar, `WordSplitter` collects words and
/// looks up their longest known prefixes (Wu et al. 2016, arXiv:1609.08144). Added pieces that are matched in the
/// normalized text, which few models have, take the way through `NormalizedText`.
public final class WordPiece: Tokenizer {
    /// The switches of Hugging Face's `BertNormalizer`.
    public struct Normalization: Sendable, Equatable {
        /// Removes control characters and makes every white space a space.
        public var cleansText: Bool
        /// Sets each ideograph apart as a word.
        public var separatesIdeographs: Bool
        public var lowercases: Bool
        /// Decomposes canonically and removes nonspacing marks; nil means as `lowercases`.
        public var stripsAccents: Bool?

        public init(
            cleansText: Bool = true, separatesIdeographs: Bool = true, lowercases: Bool = true,
            stripsAccents: Bool? = nil
        ) {
            self.cleansText = cleansText
            self.separatesIdeographs = separatesIdeographs
            self.lowercases = lowercases
            self.stripsAccents = stripsAccents
        }

        public static let uncased = Normalization()
        public static let cased = Normalization(lowercases: false)
    }

    /// The largest `maximumWordLength`.
    public static let longestWordLength = 10_000

    public let vocabulary: Vocabulary
    public let normalization: Normalization
    /// Longer words, in scalars after normalization, become `[UNK]`.
    public let maximumWordLength: Int

    let rules: NormalizationRules
    /// Added pieces that are looked for in the normalized text.
    let normalizedPieces: AddedPieceSet
    /// Whether special pieces written out in a text are taken for the pieces themselves.
    let recognizesSpecialPieces: Bool

    /// - Parameters:
    ///   - addedPieces: what is found in raw text; nil for the five special pieces of the vocabulary.
    ///   - maximumWordLength: in scalars, clamped to `1...longestWordLength`.
    ///   - recognizesSpecialPieces: whether "[SEP]" in a text becomes the id of `[SEP]`, as in Hugging Face, or the
    ///     pieces of `[`, `sep` and `]`. Turn it off where a text must not be able to steer the model.
    public init(
        vocabulary: Vocabulary, normalization: Normalization = .uncased, addedPieces: [AddedPiece]? = nil,
        maximumWordLength: Int = 100, recognizesSpecialPieces: Bool = true
    ) {
        let added =
            addedPieces
            ?? Vocabulary.specialPieces.compactMap { piece in
                vocabulary.id(of: piece).map { AddedPiece(content: piece, id: $0) }
            }
        let raw = AddedPieceSet(added.filter { !$0.isNormalized }.map { (Array($0.content.utf8), $0) })
        rules = NormalizationRules(normalization, rawPieces: raw, recognizesSpecialPieces: recognizesSpecialPieces)
        let plain = NormalizationRules(normalization, rawPieces: AddedPieceSet([]), recognizesSpecialPieces: false)
        normalizedPieces = AddedPieceSet(
            added.filter(\.isNormalized).map { (NormalizedBytes.utf8(of: $0.content, rules: plain), $0) })
        self.vocabulary = vocabulary
        self.normalization = normalization
        self.maximumWordLength = min(max(maximumWordLength, 1), Self.longestWordLength)
        self.recognizesSpecialPieces = recognizesSpecialPieces
    }

    /// Appends the ids of at most `limit` pieces of `utf8` to `pieces`. Ill-formed sequences count as U+FFFD.
    public func encode(utf8: UnsafeBufferPointer<UInt8>, limit: Int = .max, into pieces: inout [Int32]) {
        pieces.append(contentsOf: encode(utf8: utf8, limit: limit, recordsRanges: false).pieces)
    }

    public func encode(
        utf8 text: UnsafeBufferPointer<UInt8>, limit: Int, recordsRanges: Bool
    ) -> (pieces: [Int32], ranges: [Range<Int>]) {
        // A scalar has at most four bytes.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4 * maximumWordLength) { word in
            var splitter = WordSplitter(self, word: word, limit: limit, recordsRanges: recordsRanges)
            if normalizedPieces.isEmpty {
                Normalizer.run(over: text, rules: rules, into: &splitter)
                return (splitter.pieces, splitter.ranges)
            }
            var whole = NormalizedText(
                splitter: splitter, added: normalizedPieces, recognizesSpecialPieces: recognizesSpecialPieces)
            Normalizer.run(over: text, rules: rules, into: &whole)
            return (whole.splitter.pieces, whole.splitter.ranges)
        }
    }
}
