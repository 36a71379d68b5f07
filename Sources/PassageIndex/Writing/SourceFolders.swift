import Foundation
import GRDB

/// The folders that the paths in passages' ids are relative to, kept in the catalogue: files of the same name in two of
/// them have the same ids, so whoever adds from another one can be told.
struct SourceFolders {
    /// Absolute paths, the one that was added last at the end.
    private(set) var paths: [String]

    /// More are not remembered; the oldest go.
    private static let maximum = 64
    private static let name = "folders"

    init(_ paths: [String]) {
        self.paths = paths
    }

    /// Those that a catalogue knows; none where it knows of none.
    init(storedIn database: Database) throws {
        let text = try String.fetchOne(
            database, sql: "SELECT value FROM settings WHERE name = ?", arguments: [Self.name])
        paths = text.flatMap { try? JSONDecoder().decode([String].self, from: Data($0.utf8)) } ?? []
    }

    /// Adds these to those that the catalogue knows.
    func add(to database: Database) throws {
        let known = try SourceFolders(storedIn: database).paths
        let added = paths.map { Array($0.utf8) }
        let all = known.filter { !added.contains(Array($0.utf8)) } + paths
        guard all.map({ Array($0.utf8) }) != known.map({ Array($0.utf8) }) else { return }
        let text = String(decoding: try JSONEncoder().encode(Array(all.suffix(Self.maximum))), as: UTF8.self)
        try database.execute(
            sql: "INSERT OR REPLACE INTO settings(name, value) VALUES(?, ?)", arguments: [Self.name, text])
    }
}
