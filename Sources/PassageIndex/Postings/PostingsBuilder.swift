import CKernels
import Foundation
import GRDB
import GRDBSQLite

/// Makes the postings file of an index from its full-text index.
///
///     try pool.read { database in try PostingsBuilder(folder).build(from: database) }
///
/// Costs about 0.1 µs an occurrence of a term. Several processes may build at the same time: each writes a file of its
/// own and the last name counts, with the same content.
public struct PostingsBuilder {
    /// What was made.
    public struct Summary: Sendable, Equatable {
        /// The commit that the file was made from.
        public let generation: Int
        public let passages: Int
        public let terms: Int
        public let postings: Int
        public let bytes: Int
    }

    private let folder: IndexFolder

    public init(_ folder: IndexFolder) { self.folder = folder }

    /// Builds the postings of an index as it is now. Throws `IndexError`.
    @discardableResult
    public func build() throws -> Summary {
        guard folder.exists else { throw IndexError(.missing, folder.path, "there is no index here") }
        let pool = try Catalogue.open(folder, readonly: true, readers: 1)
        return try Catalogue.inWords(folder) { try pool.read { try build(from: $0) } }
    }

    /// Builds the postings unless those that are there serve the index as it is; returns what was made.
    @discardableResult
    public func buildWhereNeeded() throws -> Summary? {
        let reader = try IndexReader(folder, models: .none, readers: 1)
        guard try reader.withSnapshot({ try $0.postingsState().state }) != .ready else { return nil }
        return try build()
    }

    /// Builds the postings of the state that a transaction sees and removes those of older states.
    /// Throws `IndexError` and `DatabaseError`.
    func build(from database: Database) throws -> Summary {
        do {
            try FileManager.default.createDirectory(atPath: folder.derived, withIntermediateDirectories: true)
        } catch {
            throw IndexError(.io, folder.derived, "cannot be made: \(error.localizedDescription)")
        }
        let generation = try database.state("generation")
        let (lengths, passages) = try lengths(in: database)
        let writer = try PostingsWriter(
            path: folder.postings(generation), generation: generation, passages: passages, lengths: lengths)
        try readInstances(of: database, numbers: lengths.count) { term, numbers, counts in
            try writer.append(term: term, numbers: numbers, counts: counts)
        }
        let format = try writer.finish()
        for older in folder.postingsFiles where older.generation < generation { unlink(older.path) }
        return Summary(
            generation: generation, passages: passages, terms: format.terms, postings: format.postings,
            bytes: ChecksummedFile.fileBytes(checksumsAt: format.checksumOffset))
    }

    /// Lengths in terms by passage number, and how many passages there are.
    private func lengths(in database: Database) throws -> ([UInt32], Int) {
        var lengths = [UInt32](repeating: PostingsFormat.absent, count: try database.state("next_passage"))
        var passages = 0
        try database.forEachRow("SELECT id, sz FROM lexical_docsize", []) { row in
            let number = Int(sqlite3_column_int64(row, 0))
            guard lengths.indices.contains(number) else { return }
            lengths[number] = UInt32(clamping: Varint.column(1, of: row))
            passages += 1
        }
        return (lengths, passages)
    }

    /// Calls `body` with each term in order, the passages that have it and how often.
    private func readInstances(
        of database: Database, numbers limit: Int, _ body: ([UInt8], [UInt32], [UInt32]) throws -> Void
    ) throws {
        var (term, numbers, counts): ([UInt8], [UInt32], [UInt32]) = ([], [], [])
        try database.forEachRow("SELECT term, doc FROM lexical_instances", []) { row in
            let bytes = UnsafeRawBufferPointer(
                start: sqlite3_column_text(row, 0), count: Int(sqlite3_column_bytes(row, 0)))
            let number = sqlite3_column_int64(row, 1)
            guard (0..<Int64(limit)).contains(number) else { return }
            if !bytes.elementsEqual(term) {
                if !numbers.isEmpty { try body(term, numbers, counts) }
                term = Array(bytes)
                numbers.removeAll(keepingCapacity: true)
                counts.removeAll(keepingCapacity: true)
            }
            if let last = numbers.last, last == UInt32(number) {
                counts[counts.count - 1] += 1
            } else {
                numbers.append(UInt32(number))
                counts.append(1)
            }
        }
        if !numbers.isEmpty { try body(term, numbers, counts) }
    }
}

extension IndexFolder {
    /// The postings made from one commit.
    func postings(_ generation: Int) -> String { "\(derived)/postings-\(generation)" }

    /// All postings files, the newest first.
    var postingsFiles: [(generation: Int, path: String)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: derived)) ?? []
        return names.compactMap { name in
            guard name.hasPrefix("postings-"), let generation = Int(name.dropFirst(9)) else { return nil }
            return (generation, derived + "/" + name)
        }.sorted { $0.generation > $1.generation }
    }
}
