import GRDB
import GRDBSQLite

/// How text becomes terms, for passages and queries alike.
public enum Analysis: String, Codable, Sendable, CaseIterable {
    /// Unicode words without diacritics, stemmed by Porter; English stop words are left out of queries.
    case english
    /// Unicode words without diacritics.
    case plain
    /// As `plain`, with Chinese, Japanese and Korean text in overlapping pairs of characters (`CJKTokenizer`).
    case cjk

    /// FTS5's tokenizer and its arguments.
    var tokenizer: FTS5TokenizerDescriptor {
        switch self {
        case .english: FTS5TokenizerDescriptor(components: ["porter", "unicode61", "remove_diacritics", "2"])
        case .plain: FTS5TokenizerDescriptor(components: ["unicode61", "remove_diacritics", "2"])
        case .cjk: CJKTokenizer.tokenizerDescriptor()
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
