import Foundation
import GRDB
import Ranking

/// The SQLite side of an index: passages, their full-text index, and which segments are live.
///
/// One transaction here is what makes an addition visible (`docs/architecture.md`, "One commit point").
enum Catalogue {
    /// A pool of connections to an existing or new catalogue. Throws `IndexError`.
    static func open(_ folder: IndexFolder, readonly: Bool, readers: Int) throws -> DatabasePool {
        try CheckedPages.register()
        guard !CheckedPages.areMissing(in: folder.catalogue) else {
            throw IndexError(
                .mismatch, folder.catalogue,
                "is of an older format; run `passerine upgrade --index \(folder.name)`")
        }
        var configuration = Configuration()
        configuration.readonly = readonly
        configuration.maximumReaderCount = max(1, readers)
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            database.add(tokenizer: WordTokenizer.self)
            try CheckedPages.reserveBytes(in: database)
            try database.execute(sql: "PRAGMA cache_size = -65536")
            try database.execute(sql: "PRAGMA mmap_size = 1073741824")
        }
        do {
            let isImmutable = readonly && folder.isOnReadOnlyMedia
            let path = isImmutable ? uri(folder.catalogue, "immutable=1") : folder.catalogue
            let pool = try DatabasePool(path: path, configuration: configuration)
            if !readonly {
                // An acknowledged addition survives a power cut. The pool sets NORMAL when it opens, so this comes after.
                try pool.writeWithoutTransaction { database in
                    try database.execute(sql: "PRAGMA synchronous = FULL")
                    try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
                }
            }
            return pool
        } catch {
            throw damaged(folder, error)
        }
    }

    /// The name under which SQLite opens a file in a way of its own (https://www.sqlite.org/uri.html).
    static func uri(_ path: String, _ parameter: String) -> String {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "/-._~")
        return "file:\(path.addingPercentEncoding(withAllowedCharacters: allowed) ?? path)?\(parameter)"
    }

    /// Makes the tables of a new catalogue and records the settings in it, in one transaction.
    static func create(_ pool: DatabasePool, settings: IndexSettings) throws {
        try pool.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE passages(
                        number INTEGER PRIMARY KEY,
                        id TEXT NOT NULL UNIQUE,
                        text TEXT NOT NULL,
                        metadata TEXT);
                    CREATE TABLE state(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
                    INSERT INTO state VALUES('generation', 0), ('next_passage', 0), ('next_segment', 0);
                    """)
            try createTables(database)
            try createFullText(settings.analysis, in: database)
            try DeclaredFields(names: settings.fields).create(in: database)
            try settings.store(in: database)
        }
    }

    /// Makes the tables of the full-text index, empty.
    static func createFullText(_ analysis: Analysis, in database: Database) throws {
        let tokenizer = analysis.tokenizer.components.joined(separator: " ")
        // The text stands in `passages` alone; FTS5 holds only its index. Its leaves are of a size that fits into a page
        // beside the reserved bytes; a byte more makes each take two.
        try database.execute(
            sql: """
                CREATE VIRTUAL TABLE lexical USING fts5(
                    text, content = 'passages', content_rowid = 'number', tokenize = "\(tokenizer)");
                CREATE VIRTUAL TABLE lexical_instances USING fts5vocab(lexical, instance);
                INSERT INTO lexical(lexical, rank) VALUES('pgsz', 4042);
                """)
    }

    /// The tables that format 2 has and format 1 had otherwise or not at all.
    static func createTables(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE settings(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
                CREATE TABLE segments(
                    number INTEGER PRIMARY KEY,
                    edition INTEGER NOT NULL,
                    first_passage INTEGER NOT NULL,
                    last_passage INTEGER NOT NULL,
                    passages INTEGER NOT NULL,
                    windows INTEGER NOT NULL,
                    bytes INTEGER NOT NULL,
                    checksum INTEGER NOT NULL,
                    live INTEGER NOT NULL,
                    live_windows INTEGER NOT NULL);
                CREATE TABLE inputs(
                    digest TEXT PRIMARY KEY,
                    files INTEGER NOT NULL,
                    bytes INTEGER NOT NULL,
                    file INTEGER NOT NULL,
                    lines INTEGER NOT NULL,
                    passages INTEGER NOT NULL,
                    done INTEGER NOT NULL) WITHOUT ROWID;
                """)
        try createPlacements("placements", in: database)
        try database.setState("edition", 0)
        try database.setState("arrangement", 0)
    }

    /// Where the token data of each passage are. A narrow table of its own, so that moving them rewrites no text.
    static func createPlacements(_ name: String, in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE \(name)(
                    number INTEGER PRIMARY KEY,
                    segment INTEGER NOT NULL,
                    first_window INTEGER NOT NULL,
                    windows INTEGER NOT NULL);
                """)
    }

    /// The format of a catalogue, as its settings say; 1 where there are none, 0 where there is nothing.
    static func format(_ database: Database) throws -> Int {
        guard try database.tableExists("state") else { return 0 }
        return try IndexSettings.stored(in: database)?.format ?? 1
    }

    static func damaged(_ folder: IndexFolder, _ error: any Error) -> IndexError {
        CheckedPages.damage(folder, error)
            ?? IndexError(
                .damaged, folder.catalogue,
                "cannot be used (\(words(error))); run `passerine verify --index \(folder.name)`")
    }

    /// Why a change was not made: damage that was found on the way, or else what the system or SQLite says.
    static func failure(_ folder: IndexFolder, _ what: String, _ error: any Error) -> IndexError {
        let damage = CheckedPages.damage(folder, error)
        return IndexError(
            damage == nil ? .io : .damaged, damage?.path ?? folder.catalogue,
            "\(what): \(damage?.message ?? words(error))")
    }

    /// What SQLite says, with the code that tells one failure of the system from another.
    private static func words(_ error: any Error) -> String {
        guard let error = error as? DatabaseError, error.extendedResultCode != error.resultCode else {
            return "\(error)"
        }
        return "\(error), extended code \(error.extendedResultCode.rawValue)"
    }

    /// Runs `body` in one transaction, whose end may fail on a test's wish. Throws what `body` and SQLite throw.
    static func commit<Result>(
        _ pool: DatabasePool, _ folder: IndexFolder, _ body: (Database) throws -> Result
    ) throws -> Result {
        try pool.write { database in
            let result = try body(database)
            try Faults.check(.commit, folder.catalogue)
            return result
        }
    }
}

extension Database {
    /// A number of the catalogue's `state`; 0 where it is not set.
    func state(_ key: String) throws -> Int {
        try Int.fetchOne(cachedStatement(sql: "SELECT value FROM state WHERE key = ?"), arguments: [key]) ?? 0
    }

    func setState(_ key: String, _ value: Int) throws {
        try cachedStatement(sql: "INSERT OR REPLACE INTO state(key, value) VALUES(?, ?)")
            .execute(arguments: [key, value])
    }

    /// Counts a change: of the passages (`generation`), or only of where their token data are (`arrangement`).
    func advance(_ key: String) throws { try setState(key, try state(key) + 1) }
}
