import CKernels
import Foundation
import GRDB
import GRDBSQLite
import LinearAlgebra
import Ranking
import Synchronization

/// A passage with a score; the better one is the one with the higher score, then the smaller number.
public struct ScoredPassage: Sendable, Equatable {
    public let number: Int
    public var score: Double

    public init(number: Int, score: Double) {
        self.number = number
        self.score = score
    }

    /// Whether this passage ranks before `other`.
    public func precedes(_ other: ScoredPassage) -> Bool {
        score != other.score ? score > other.score : number < other.number
    }
}

/// BM25 over FTS5's postings.
///
/// Two ways lead to the same answer: `PostingsIndex`, which scores few passages, and this type's own, which scores every
/// passage that matches and needs nothing but FTS5. FTS5 is asked for the occurrences of one term at a time, always as a
/// bound value: a user's text is never a MATCH expression.
final class LexicalIndex: Sendable {
    let postings: PostingsIndex
    let reader: TermReader
    /// By number. They never change, since a passage that is replaced gets a new number.
    private let lengths = Mutex<[UInt32]>([])

    /// - Parameter maintainsPostings: whether postings that are missing or old are built in the background.
    init(analysis: Analysis, folder: IndexFolder, maintainsPostings: Bool = false) {
        reader = TermReader(analysis: analysis)
        postings = PostingsIndex(folder, reader: reader, maintains: maintainsPostings)
    }

    /// How much one query term gave to a passage's score.
    struct Contribution {
        let term: String
        let count: Int
        let passages: Int
        let score: Double
    }

    /// The best `limit` passages for a query, best first; none for a query without terms.
    ///
    /// - Parameter allowed: which passages are looked at, all where `nil`. Document frequencies, the number of passages
    ///   and their mean length stay those of the whole index, so that a passage's score does not depend on it.
    func candidates(
        _ query: String, limit: Int, bm25: BM25, within allowed: PassageSet? = nil, in database: Database,
        cancellation: Cancellation = .never
    ) throws -> [ScoredPassage] {
        let terms = try reader.queryTerms(query, in: database)
        let collection = try Collection(database)
        guard !terms.isEmpty, limit > 0, collection.passages > 0 else { return [] }
        if let found = try postings.candidates(
            terms, limit: limit, bm25: bm25, within: allowed, collection, in: database, cancellation: cancellation)
        {
            return found
        }
        return try exhaustiveCandidates(
            terms, limit: limit, bm25: bm25, within: allowed, collection, in: database, cancellation)
    }

    /// The same by scoring every passage that has a term.
    func exhaustiveCandidates(
        _ query: String, limit: Int, bm25: BM25, within allowed: PassageSet? = nil, in database: Database
    ) throws -> [ScoredPassage] {
        let terms = try reader.queryTerms(query, in: database)
        return try exhaustiveCandidates(
            terms, limit: limit, bm25: bm25, within: allowed, Collection(database), in: database)
    }

    private func exhaustiveCandidates(
        _ terms: [QueryTerm], limit: Int, bm25: BM25, within allowed: PassageSet?, _ collection: Collection,
        in database: Database, _ cancellation: Cancellation = .never
    ) throws -> [ScoredPassage] {
        let lengths = try lengths(in: database)
        let postings = try terms.map { term in
            try cancellation.check()
            return try instances(term, in: database)
        }
        let scorer = TermScorer(terms, frequencies: postings.map(\.count), bm25: bm25, collection)
        var scores = [UInt32](repeating: 0, count: lengths.count)
        var matching: [UInt32] = []
        for (term, postings) in postings.enumerated() {
            try cancellation.check()
            for posting in postings
            where lengths.indices.contains(posting.number) && allowed?.contains(posting.number) ?? true {
                if scores[posting.number] == 0 { matching.append(UInt32(clamping: posting.number)) }
                let gain = scorer.gain(term, count: posting.count, length: lengths[posting.number])
                // A damaged list may name a passage again and again.
                let (sum, overflows) = scores[posting.number].addingReportingOverflow(gain)
                scores[posting.number] = overflows ? .max : sum
            }
        }
        var best = TopPassages(limit: limit)
        for number in matching {
            best.insert(ScoredPassage(number: Int(number), score: scorer.score(scores[Int(number)])))
        }
        return best.sorted()
    }

    /// What each query term gave to one passage's score.
    func explain(_ query: String, passage: Int, bm25: BM25, in database: Database) throws -> [Contribution] {
        let terms = try reader.queryTerms(query, in: database)
        let collection = try Collection(database)
        let length = try length(passage, in: database)
        let known =
            try postings.statistics(terms, passage: passage, collection, in: database)
            ?? terms.map { try statistics($0, passage: passage, in: database) }
        let scorer = TermScorer(terms, frequencies: known.map(\.passages), bm25: bm25, collection)
        return terms.indices.map { index in
            let (count, passages) = known[index]
            let gain = count > 0 ? scorer.gain(index, count: count, length: length) : 0
            return Contribution(
                term: terms[index].text, count: count, passages: passages, score: scorer.score(gain))
        }
    }

    private func statistics(
        _ term: QueryTerm, passage: Int, in database: Database
    ) throws -> (count: Int, passages: Int) {
        let postings = try instances(term, in: database)
        return (postings.first { $0.number == passage }?.count ?? 0, postings.count)
    }

    /// Number of live passages and their mean length in terms, as FTS5 counts them.
    struct Collection {
        let passages: Int
        let terms: Int

        private static let mostTerms = 1 << 62

        var averageLength: Double { passages > 0 ? Double(terms) / Double(passages) : 0 }

        /// FTS5 keeps the number of rows and the total of each column's lengths in record 1, as varints.
        init(_ database: Database) throws {
            let record = try Data.fetchOne(
                database.cachedStatement(sql: "SELECT block FROM lexical_data WHERE id = 1"))
            (passages, terms) = (record ?? Data()).withUnsafeBytes { bytes in
                var position = 0
                return (Varint.read(bytes, at: &position), Varint.read(bytes, at: &position))
            }
            guard (0...Database.mostPassages).contains(passages), (0...Self.mostTerms).contains(terms) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the full-text index is miscounted")
            }
        }
    }

    private struct Posting {
        let number: Int
        var count: Int
    }

    /// Passages that contain a term, ascending, with how often; there is a row an occurrence.
    private func instances(_ term: QueryTerm, in database: Database) throws -> [Posting] {
        var postings: [Posting] = []
        try database.forEachRow("SELECT doc FROM lexical_instances WHERE term = ?", [term.text]) { row in
            let number = Int(sqlite3_column_int64(row, 0))
            if let last = postings.indices.last, postings[last].number == number {
                postings[last].count += 1
            } else {
                postings.append(Posting(number: number, count: 1))
            }
        }
        return postings
    }

    private func length(_ passage: Int, in database: Database) throws -> UInt32 {
        var length: UInt32 = 0
        try database.forEachRow("SELECT sz FROM lexical_docsize WHERE id = ?", [passage]) {
            length = UInt32(clamping: Varint.column(0, of: $0))
        }
        return length
    }

    /// Lengths in terms by passage number, read on from where the last call ended.
    private func lengths(in database: Database) throws -> [UInt32] {
        let end = try database.state("next_passage")
        return try lengths.withLock { lengths in
            try database.forEachRow("SELECT id, sz FROM lexical_docsize WHERE id >= ? ORDER BY id", [lengths.count]) {
                row in
                let number = Int(sqlite3_column_int64(row, 0))
                guard number >= lengths.count, number < end else { return }
                lengths.append(contentsOf: repeatElement(0, count: number - lengths.count))
                lengths.append(UInt32(clamping: Varint.column(1, of: row)))
            }
            return lengths
        }
    }
}
