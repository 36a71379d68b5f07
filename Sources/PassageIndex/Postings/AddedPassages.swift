import GRDB
import GRDBSQLite

/// Postings of passages that were added after a postings file was made, in memory.
struct AddedPassages: Sendable {
    struct Posting: Sendable {
        let number: UInt32
        let count: UInt32
    }

    /// The first passage number that could be here, and the first that is too new.
    let numbers: Range<Int>
    private var terms: [[UInt8]: [Posting]] = [:]
    /// By number from the first; `PostingsFormat.absent` where the passage is gone.
    private var lengths: [UInt32] = []
    private let hasGaps: Bool

    /// None yet.
    init(from number: Int) {
        numbers = number..<number
        hasGaps = false
    }

    /// What `older` has and all that came since, of the state that the transaction sees.
    ///
    /// - Parameter lengths: of the passages from `older`'s first number on.
    init(_ older: AddedPassages, lengths: [UInt32], reader: TermReader, in database: Database) throws {
        let end = older.numbers.lowerBound + lengths.count
        numbers = older.numbers.lowerBound..<end
        terms = older.terms
        self.lengths = lengths
        hasGaps = lengths.contains(PostingsFormat.absent)
        guard older.numbers.upperBound < end else { return }
        let tokenizer = try reader.tokenizer(in: database)
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: "SELECT number, text FROM passages WHERE number >= ? AND number < ? ORDER BY number"),
            arguments: [older.numbers.upperBound, end])
        while let row = try rows.next() {
            let number: UInt32 = try row.decode(atIndex: 0)
            let counts = try TermReader.terms(row.decode(atIndex: 1), tokenizer, for: .document)
                .reduce(into: [:]) { $0[$1, default: UInt32(0)] += 1 }
            for (term, count) in counts { terms[term, default: []].append(Posting(number: number, count: count)) }
        }
    }

    /// Passages with a term, ascending.
    func postings(_ term: [UInt8]) -> [Posting] {
        guard let postings = terms[term] else { return [] }
        return hasGaps ? postings.filter { length($0.number) != PostingsFormat.absent } : postings
    }

    /// Length of a passage in terms.
    func length(_ number: UInt32) -> UInt32 { lengths[Int(number) - numbers.lowerBound] }
}
