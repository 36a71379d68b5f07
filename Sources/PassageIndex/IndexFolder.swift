import Foundation

/// Where the parts of one index lie on disk.
///
///     indexes/NAME/
///       index.json          what was fixed at creation (`IndexSettings`)
///       catalogue.sqlite    passages, full-text index, segments
///       segments/N.tokens   token data (`SegmentFormat`)
///       derived/            safe to delete
///       writer.lock         held by the process that writes
public struct IndexFolder: Sendable, Hashable {
    public let path: String

    public init(path: String) { self.path = path }

    /// The index `name` in the folder of all indexes. Throws `IndexError` for a name that is not a plain one.
    public init(name: String, in indexes: String) throws {
        try Self.validate(name: name)
        path = indexes + "/" + name
    }

    public var name: String { URL(fileURLWithPath: path).lastPathComponent }
    public var settings: String { path + "/index.json" }
    public var catalogue: String { path + "/catalogue.sqlite" }
    public var segments: String { path + "/segments" }
    public var derived: String { path + "/derived" }
    public var lock: String { path + "/writer.lock" }

    /// Whether nobody can write here: read-only media, or a folder without the permission. A catalogue that another
    /// process is writing shows by its log and is not meant.
    var isOnReadOnlyMedia: Bool {
        guard access(path, W_OK) != 0 else { return false }
        var status = stat()
        return stat(catalogue + "-wal", &status) != 0 || status.st_size == 0
    }

    public func segment(_ number: Int) -> String { "\(segments)/\(number).tokens" }

    /// Whether an index is there.
    public var exists: Bool { FileManager.default.fileExists(atPath: settings) }

    /// Names are 1 to 64 letters, digits, `-`, `_` and `.`, the first a letter or digit: never a path.
    public static func validate(name: String) throws {
        let bytes = Array(name.utf8)
        func isWord(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
        let allowed = bytes.allSatisfy { isWord($0) || $0 == 0x2D || $0 == 0x5F || $0 == 0x2E }
        guard (1...64).contains(bytes.count), allowed, let first = bytes.first, isWord(first) else {
            throw IndexError(
                .invalid, name.debugDescription,
                "is no name for an index; use 1 to 64 letters, digits, '-', '_' or '.', beginning with a letter or digit"
            )
        }
    }

    /// Names of the indexes in a folder, sorted.
    public static func names(in indexes: String) -> [String] {
        let found = (try? FileManager.default.contentsOfDirectory(atPath: indexes)) ?? []
        return found.filter { $0.utf8.first != UInt8(ascii: ".") && IndexFolder(path: indexes + "/" + $0).exists }
            .sorted()
    }
}
