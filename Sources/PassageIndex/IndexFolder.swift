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

    /// Whether an index is there. Where that cannot be found out there is none.
    public var exists: Bool { (try? isThere()) ?? false }

    /// Whether an index is there. Throws `IndexError` where the system does not let that be seen.
    public func isThere() throws -> Bool {
        var status = stat()
        if stat(settings, &status) == 0 { return true }
        guard errno == ENOENT || errno == ENOTDIR else { throw DurableFile.failure("cannot be looked at", path) }
        return false
    }

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

    /// Names of the indexes in a folder, sorted. Throws `IndexError` where the folder is not there or must not be read.
    public static func names(in indexes: String) throws -> [String] {
        guard let folder = opendir(indexes) else { throw unusable(indexes) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            // What `init(name:in:)` would refuse is nothing that can be asked for.
            guard (try? validate(name: name)) != nil, IndexFolder(path: indexes + "/" + name).exists else { continue }
            names.append(name)
        }
        return names.sorted()
    }

    /// Throws `IndexError` where the folder of all indexes is not there or must not be used.
    public static func check(indexes: String) throws {
        var status = stat()
        guard stat(indexes, &status) == 0 else { throw unusable(indexes) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw IndexError(.io, indexes, "the folder of all indexes is no folder")
        }
        guard access(indexes, R_OK | X_OK) == 0 else { throw unusable(indexes) }
    }

    /// Makes the folder of all indexes where there is none. Throws `IndexError`.
    public static func make(indexes: String) throws { try DurableFile.makeFolder(indexes) }

    private static func unusable(_ indexes: String) -> IndexError {
        errno == ENOENT
            ? IndexError(.io, indexes, "the folder of all indexes is gone")
            : DurableFile.failure("the folder of all indexes cannot be used", indexes)
    }
}
