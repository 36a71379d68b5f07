import GRDB
import GRDBSQLite

/// How text becomes terms, for passages, queries and highlights alike.
///
/// `WordTokenizer` is under all of them: letters in lower case and in one form however they were typed, without the
/// accents and vowel points that writers leave out, and without what nobody sees.
public enum Analysis: String, Codable, Sendable, CaseIterable {
    /// Words, stemmed by Porter; English stop words are left out of queries.
    case english
    /// Words.
    case plain
    /// As `plain`, with Chinese, Japanese and Korean text in overlapping pairs of characters (`CJKPairs`).
    case cjk

    /// FTS5's tokenizer and its arguments.
    package var tokenizer: FTS5TokenizerDescriptor {
        switch self {
        case .english: FTS5TokenizerDescriptor(components: ["porter", WordTokenizer.name])
        case .plain: WordTokenizer.tokenizerDescriptor()
        case .cjk: WordTokenizer.tokenizerDescriptor(arguments: [WordTokenizer.pairs])
        }
    }

    /// Words left out of queries, unless a query has no others.
    var stopWords: String {
        switch self {
        case .english: Self.englishStopWords
        case .plain, .cjk: ""
        }
    }

    /// Lucene's English stop words.
    private static let englishStopWords =
        "a an and are as at be but by for if in into is it no not of on or such that the their then there these they "
        + "this to was will with"
}
