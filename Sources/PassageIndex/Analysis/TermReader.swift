import GRDB
import GRDBSQLite
import Synchronization

/// Takes texts apart by FTS5's own tokenizer, as the full-text index does.
package final class TermReader: Sendable {
    private let analysis: Analysis
    private let stopTerms = Mutex<Set<[UInt8]>?>(nil)

    init(analysis: Analysis) { self.analysis = analysis }

    /// The terms of a text in order, with repetition. `tokenizer` can be used for many texts.
    static func terms(_ text: String, _ tokenizer: any FTS5Tokenizer, for purpose: FTS5Tokenization) throws -> [[UInt8]]
    {
        var terms: [[UInt8]] = []
        try forEachTerm(text, tokenizer, for: purpose) { term, _ in terms.append(Array(term)) }
        return terms
    }

    /// Where one call of the tokenizer puts its terms.
    private struct Sink {
        let body: (UnsafeRawBufferPointer, Range<Int>) -> Void
    }

    /// Calls `body` with each term of a text in order, and the bytes of the text that it was made of.
    package static func forEachTerm(
        _ text: String, _ tokenizer: any FTS5Tokenizer, for purpose: FTS5Tokenization,
        _ body: (UnsafeRawBufferPointer, Range<Int>) -> Void
    ) throws {
        var text = text
        let code = withoutActuallyEscaping(body) { body in
            var sink = Sink(body: body)
            return text.withUTF8 { bytes in
                withUnsafeMutablePointer(to: &sink) { sink in
                    bytes.withMemoryRebound(to: CChar.self) { bytes in
                        tokenizer.tokenize(
                            context: sink, tokenization: purpose, pText: bytes.baseAddress,
                            nText: CInt(clamping: bytes.count)
                        ) { sink, _, term, size, start, end in
                            guard let sink, let term, size > 0 else { return SQLITE_OK }
                            let bytes = UnsafeRawBufferPointer(
                                start: term, count: min(Int(size), WordTokenizer.longestTerm))
                            let place = Int(start)..<max(Int(start), Int(end))
                            sink.assumingMemoryBound(to: Sink.self).pointee.body(bytes, place)
                            return SQLITE_OK
                        }
                    }
                }
            }
        }
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }

    func tokenizer(in database: Database) throws -> any FTS5Tokenizer {
        try database.makeTokenizer(analysis.tokenizer)
    }

    /// A query's terms with how often each occurs, ascending; without stop terms unless there is nothing else.
    func queryTerms(_ query: String, in database: Database) throws -> [QueryTerm] {
        let tokenizer = try tokenizer(in: database)
        let all = try Self.terms(query, tokenizer, for: .query)
        let stops = try stopTerms.withLock { stops in
            let known = try stops ?? Set(Self.terms(analysis.stopWords, tokenizer, for: .query))
            stops = known
            return known
        }
        let kept = all.filter { !stops.contains($0) }
        let counts = (kept.isEmpty ? all : kept).reduce(into: [:]) { $0[$1, default: 0] += 1 }
        return counts.map { QueryTerm(bytes: $0.key, count: $0.value) }
            .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }
}
