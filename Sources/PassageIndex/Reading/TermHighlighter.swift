import GRDB

/// Finds where the terms of a query stand in texts, by the full-text index's own tokenizer: what it takes for the same
/// term, stemmed or not, is the same term here.
///
/// Lives only inside `IndexReader.withSnapshot`.
public struct TermHighlighter {
    /// Places that are given of one text; later ones are left out.
    public static let mostSpans = 1000

    private let terms: Set<[UInt8]>
    private let tokenizer: any FTS5Tokenizer

    init(_ query: String, reader: TermReader, in database: Database) throws {
        terms = Set(try reader.queryTerms(query, in: database).map(\.bytes))
        tokenizer = try reader.tokenizer(in: database)
    }

    /// Places in Unicode code points, ascending; those that overlap are one.
    public func spans(in text: String) throws -> [Range<Int>] {
        guard !terms.isEmpty else { return [] }
        var places: [Range<Int>] = []
        try TermReader.forEachTerm(text, tokenizer, for: .document) { term, place in
            guard !place.isEmpty, terms.contains(Array(term)) else { return }
            if let last = places.last, place.lowerBound < last.upperBound {
                places[places.count - 1] =
                    min(last.lowerBound, place.lowerBound)..<max(last.upperBound, place.upperBound)
            } else if places.count < Self.mostSpans {
                places.append(place)
            }
        }
        let points = CodePointOffsets(text, places)
        return places.map { points[$0] }
    }
}

extension IndexSnapshot {
    /// Finds the terms of a query in texts.
    public func highlighter(_ query: String) throws -> TermHighlighter {
        try TermHighlighter(query, reader: lexical.reader, in: database)
    }
}
