import GRDB

/// How text becomes terms, for passages and queries alike.
public enum Analysis: String, Codable, Sendable, CaseIterable {
    /// Unicode words without diacritics, stemmed by Porter; English stop words are left out of queries.
    case english
    /// Unicode words without diacritics.
    case plain

    /// FTS5's tokenizer and its arguments.
    var tokenizer: FTS5TokenizerDescriptor {
        switch self {
        case .english: FTS5TokenizerDescriptor(components: ["porter", "unicode61", "remove_diacritics", "2"])
        case .plain: FTS5TokenizerDescriptor(components: ["unicode61", "remove_diacritics", "2"])
        }
    }

    /// Words left out of queries, unless a query has no others.
    private var stopWords: String {
        switch self {
        case .english: Self.englishStopWords
        case .plain: ""
        }
    }

    /// Lucene's English stop words.
    private static let englishStopWords =
        "a an and are as at be but by for if in into is it no not of on or such that the their then there these they "
        + "this to was will with"

    /// The terms of a text in order, with repetition.
    func terms(of text: String, in database: Database) throws -> [String] {
        let tokenizer = try database.makeTokenizer(tokenizer)
        return try tokenizer.tokenize(document: text).map(\.token)
    }

    /// A query's terms with how often each occurs, sorted; without stop terms unless there is nothing else.
    func queryTerms(_ query: String, in database: Database) throws -> [(term: String, count: Int)] {
        let all = try terms(of: query, in: database)
        let stops = Set(try terms(of: stopWords, in: database))
        let kept = all.filter { !stops.contains($0) }
        let counts = (kept.isEmpty ? all : kept).reduce(into: [:]) { $0[$1, default: 0] += 1 }
        return counts.map { (term: $0.key, count: $0.value) }.sorted { $0.term < $1.term }
    }
}
