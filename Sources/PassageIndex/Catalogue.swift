import Foundation
import GRDB

/// The SQLite side of an index: passages, their full-text index, and which segments are live.
///
/// One transaction here is what makes an addition visible (`docs/architecture.md`, "One commit point").
enum Catalogue {
    /// A pool of connections to an existing or new catalogue. Throws `IndexError`.
    static func open(_ folder: IndexFolder, readonly: Bool, readers: Int) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.readonly = readonly
        configuration.maximumReaderCount = max(1, readers)
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            if !database.configuration.readonly {
                // An acknowledged addition survives a power cut.
                try database.execute(sql: "PRAGMA synchronous = FULL")
            }
            try database.execute(sql: "PRAGMA cache_size = -65536")
            try database.execute(sql: "PRAGMA mmap_size = 1073741824")
        }
        do {
            return try DatabasePool(path: folder.catalogue, configuration: configuration)
        } catch {
            throw damaged(folder, error)
        }
    }

    /// Makes the tables of a new catalogue.
    static func create(_ pool: DatabasePool, analysis: Analysis) throws {
        try pool.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE passages(
                        number INTEGER PRIMARY KEY,
                        id TEXT NOT NULL UNIQUE,
                        text TEXT NOT NULL,
                        metadata TEXT,
                        segment INTEGER,
                        first_window INTEGER,
                        windows INTEGER);
                    CREATE TABLE segments(
                        number INTEGER PRIMARY KEY,
                        passages INTEGER NOT NULL,
                        windows INTEGER NOT NULL,
                        bytes INTEGER NOT NULL,
                        checksum INTEGER NOT NULL);
                    CREATE TABLE state(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
                    INSERT INTO state VALUES('generation', 0), ('next_passage', 0), ('next_segment', 0);
                    """)
            let tokenizer = analysis.tokenizer.components.joined(separator: " ")
            // The text stands in `passages` alone; FTS5 holds only its index.
            try database.execute(
                sql: """
                    CREATE VIRTUAL TABLE lexical USING fts5(
                        text, content = 'passages', content_rowid = 'number', tokenize = "\(tokenizer)");
                    CREATE VIRTUAL TABLE lexical_instances USING fts5vocab(lexical, instance);
                    """)
        }
    }

    static func damaged(_ folder: IndexFolder, _ error: any Error) -> IndexError {
        IndexError(
            .damaged, folder.catalogue, "cannot be used (\(error)); run `passerine verify --index \(folder.name)`")
    }
}

extension Database {
    /// A number of the catalogue's `state`.
    func state(_ key: String) throws -> Int {
        try Int.fetchOne(cachedStatement(sql: "SELECT value FROM state WHERE key = ?"), arguments: [key]) ?? 0
    }

    func setState(_ key: String, _ value: Int) throws {
        try cachedStatement(sql: "UPDATE state SET value = ? WHERE key = ?").execute(arguments: [value, key])
    }
}
