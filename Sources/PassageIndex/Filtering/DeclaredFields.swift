import Corpus
import GRDB
import JSON

/// What the catalogue keeps so that filters find passages by declared fields without a scan: an index over each field's
/// type and value, and a table of the elements of arrays.
struct DeclaredFields {
    let names: [String]

    /// Makes the tables, as part of the transaction that makes the catalogue.
    func create(in database: Database) throws {
        guard !names.isEmpty else { return }
        try database.execute(
            sql: """
                CREATE TABLE elements(
                    field INTEGER NOT NULL, type TEXT NOT NULL, value NOT NULL, number INTEGER NOT NULL,
                    PRIMARY KEY(field, type, value, number)) WITHOUT ROWID
                """)
        for (position, name) in names.enumerated() {
            let field = FilterField(declared: name)
            try database.execute(
                literal: """
                    CREATE INDEX \(sql: "passages_field_\(position)")
                    ON passages(\(literal: field.type), \(literal: field.value))
                    """)
        }
    }

    /// Takes in the elements of a passage that is added.
    ///
    /// - Parameter json: the metadata as the catalogue has them.
    func add(_ number: Int, _ metadata: [CodePoints: JSONValue], json: String?, to database: Database) throws {
        guard let json else { return }
        for (position, name) in names.enumerated() {
            guard case .array? = metadata[CodePoints(name)] else { continue }
            let rows = try Row.fetchAll(
                database.cachedStatement(sql: Self.rows(position, name)), arguments: [number, json])
            let insert = try database.cachedStatement(sql: "INSERT OR IGNORE INTO elements VALUES(?, ?, ?, ?)")
            for row in rows { try insert.execute(arguments: StatementArguments(row.databaseValues)) }
        }
    }

    /// Takes out the elements of a passage that is removed.
    func remove(_ number: Int, metadata: String?, from database: Database) throws {
        guard let metadata else { return }
        for (position, name) in names.enumerated() {
            try database.cachedStatement(
                sql: "DELETE FROM elements WHERE (field, type, value, number) IN (\(Self.rows(position, name)))"
            ).execute(arguments: [number, metadata])
        }
    }

    /// How many elements are in one of the metadata and the table and not in the other.
    func strayElements(in database: Database) throws -> Int {
        guard !names.isEmpty else { return 0 }
        let rows = names.enumerated().map {
            Self.rows($0, $1, number: "passages.number", metadata: "passages.metadata", from: "passages, ")
        }.joined(separator: " UNION ALL ")
        let kept = "SELECT field, type, value, number FROM elements"
        return try [(rows, kept), (kept, rows)].reduce(0) { sum, sets in
            let query = "SELECT count(*) FROM (SELECT * FROM (\(sets.0)) EXCEPT SELECT * FROM (\(sets.1)))"
            return sum + (try Int.fetchOne(database, sql: query) ?? 0)
        }
    }

    /// A query for the rows that the table has of a passage's field; the passage is bound, or of a table.
    private static func rows(
        _ position: Int, _ name: String, number: String = "?1", metadata: String = "?2", from: String = ""
    ) -> String {
        let path = FilterField.literalPath(name)
        return """
            SELECT \(position) AS field, element.type, element.value, \(number)
            FROM \(from)json_each(\(metadata), \(path)) AS element
            WHERE json_type(\(metadata), \(path)) = 'array'
                AND element.type IN ('text', 'integer', 'real', 'true', 'false')
            """
    }
}
