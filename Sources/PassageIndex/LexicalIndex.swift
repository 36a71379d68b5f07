import Foundation
import GRDB
import GRDBSQLite
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

/// BM25 over FTS5's postings, every matching passage scored.
///
/// FTS5 is asked for the occurrences of one term at a time, always as a bound value: a user's text is never a MATCH
/// expression. Lengths are FTS5's own and kept in memory; they never change, since a passage that is replaced gets a
/// new number.
final class LexicalIndex: Sendable {
    private struct Lengths {
        var byNumber: [UInt32] = []
    }

    private let analysis: Analysis
    private let lengths = Mutex(Lengths())

    init(analysis: Analysis) { self.analysis = analysis }

    /// How much one query term gave to a passage's score.
    struct Contribution {
        let term: String
        let count: Int
        let passages: Int
        let score: Double
    }

    /// The best `limit` passages for a query, best first; none for a query without terms.
    func candidates(_ query: String, limit: Int, bm25: BM25, in database: Database) throws -> [ScoredPassage] {
        let terms = try analysis.queryTerms(query, in: database)
        let collection = try Collection(database)
        guard !terms.isEmpty, limit > 0, collection.passages > 0 else { return [] }
        let lengths = try lengths(in: database)
        var scores = [Double](repeating: 0, count: lengths.count)
        var matching: [Int32] = []
        for (term, repetition) in terms {
            let postings = try postings(term, in: database)
            let weight =
                Double(repetition) * BM25.inverseFrequency(passages: collection.passages, frequency: postings.count)
            for posting in postings where posting.number < lengths.count {
                let gain =
                    weight
                    * bm25.saturation(
                        count: posting.count, length: Int(lengths[posting.number]), average: collection.averageLength)
                if scores[posting.number] == 0 { matching.append(Int32(posting.number)) }
                scores[posting.number] += gain
            }
        }
        var best = TopPassages(limit: limit)
        for number in matching { best.insert(ScoredPassage(number: Int(number), score: scores[Int(number)])) }
        return best.sorted()
    }

    /// What each query term gave to one passage's score.
    func explain(_ query: String, passage: Int, bm25: BM25, in database: Database) throws -> [Contribution] {
        let collection = try Collection(database)
        let lengths = try lengths(in: database)
        guard passage < lengths.count else { return [] }
        return try analysis.queryTerms(query, in: database).map { term, repetition in
            let postings = try postings(term, in: database)
            let count = postings.first { $0.number == passage }?.count ?? 0
            let weight = BM25.inverseFrequency(passages: collection.passages, frequency: postings.count)
            let saturation = bm25.saturation(
                count: count, length: Int(lengths[passage]), average: collection.averageLength)
            return Contribution(
                term: term, count: count, passages: postings.count, score: Double(repetition) * weight * saturation)
        }
    }

    /// Number of live passages and their mean length in terms, as FTS5 counts them.
    struct Collection {
        let passages: Int
        let averageLength: Double

        /// FTS5 keeps the number of rows and the total of each column's lengths in record 1, as varints.
        init(_ database: Database) throws {
            let record = try Data.fetchOne(
                database.cachedStatement(sql: "SELECT block FROM lexical_data WHERE id = 1"))
            var bytes = (record ?? Data())[...]
            let rows = Varint.read(&bytes)
            let total = Varint.read(&bytes)
            passages = rows
            averageLength = rows > 0 ? Double(total) / Double(rows) : 0
        }
    }

    private struct Posting {
        let number: Int
        var count: Int
    }

    /// Passages that contain a term, ascending, with how often.
    private func postings(_ term: String, in database: Database) throws -> [Posting] {
        let statement = try database.cachedStatement(sql: "SELECT doc FROM lexical_instances WHERE term = ?")
        var postings: [Posting] = []
        // Stepping the statement itself is several times faster than fetching rows, and there is a row an occurrence.
        let handle = statement.sqliteStatement
        try statement.setArguments([term])
        sqlite3_reset(handle)
        defer { sqlite3_reset(handle) }
        while true {
            let code = sqlite3_step(handle)
            guard code == SQLITE_ROW else {
                guard code == SQLITE_DONE else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
                return postings
            }
            let number = Int(sqlite3_column_int64(handle, 0))
            if let last = postings.indices.last, postings[last].number == number {
                postings[last].count += 1
            } else {
                postings.append(Posting(number: number, count: 1))
            }
        }
    }

    /// Lengths in terms by passage number, read on from where the last call ended.
    private func lengths(in database: Database) throws -> [UInt32] {
        try lengths.withLock { lengths in
            let rows = try Row.fetchCursor(
                database.cachedStatement(sql: "SELECT id, sz FROM lexical_docsize WHERE id >= ? ORDER BY id"),
                arguments: [lengths.byNumber.count])
            while let row = try rows.next() {
                let number: Int = row[0]
                let record: Data = row[1]
                var bytes = record[...]
                guard number >= lengths.byNumber.count, number <= Int(UInt32.max) else { continue }
                lengths.byNumber.append(contentsOf: repeatElement(0, count: number - lengths.byNumber.count))
                lengths.byNumber.append(UInt32(clamping: Varint.read(&bytes)))
            }
            return lengths.byNumber
        }
    }
}

/// SQLite's variable-length integers (https://www.sqlite.org/fileformat2.html#varint).
enum Varint {
    /// Takes one from the front; 0 where there are no bytes.
    static func read(_ bytes: inout Data.SubSequence) -> Int {
        var value: UInt64 = 0
        for position in 0..<9 {
            guard let byte = bytes.popFirst() else { break }
            if position == 8 {
                value = value << 8 | UInt64(byte)
            } else {
                value = value << 7 | UInt64(byte & 0x7F)
                if byte & 0x80 == 0 { break }
            }
        }
        return Int(truncatingIfNeeded: value)
    }
}
