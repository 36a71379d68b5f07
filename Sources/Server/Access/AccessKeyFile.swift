import Corpus
import Foundation
import JSON

/// The file of keys: `{"version": 1, "keys": [{"name", "role", "indexes", "rate", "burst", "created", "sha256"}]}`.
///
/// It is replaced in one step, so a server that reloads sees the old keys or the new ones; a lock beside it keeps two
/// that change it from undoing each other's work.
public struct AccessKeyFile: Sendable {
    public let path: String

    /// Larger files are refused.
    private static let byteLimit = 1 << 20

    public init(path: String) { self.path = path }

    public var exists: Bool { access(path, F_OK) == 0 }

    /// Reads it; throws `AccessError` that names the file and what is wrong.
    public func read() throws(AccessError) -> AccessKeys {
        do {
            return try parse(content())
        } catch {
            throw AccessError("\(path): \(error)")
        }
    }

    /// Adds a key and returns its secret, which is nowhere else. Makes the file where there is none.
    public func add(
        name: String, role: AccessRole, indexes: [String]? = nil, rate: AccessKey.Rate? = nil, date: Date = Date()
    ) throws(AccessError) -> AccessSecret {
        let secret = AccessSecret()
        let key = try AccessKey(
            name: name, role: role, indexes: indexes, rate: rate, created: date.ISO8601Format(), hash: secret.hash)
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try change { keys throws(AccessError) in
            guard !keys.contains(where: { CodePoints($0.name) == CodePoints(name) }) else {
                throw AccessError("\(path): there is a key named \(name) already; revoke it first or take another name")
            }
            keys.append(key)
        }
        return secret
    }

    /// Takes a key out.
    public func remove(name: String) throws(AccessError) {
        guard exists else { throw AccessError("\(path): there is no such file, so there are no keys") }
        try change { keys throws(AccessError) in
            guard let index = keys.firstIndex(where: { CodePoints($0.name) == CodePoints(name) }) else {
                let names = keys.map(\.name).joined(separator: ", ")
                throw AccessError(
                    "\(path): there is no key named \(name.debugDescription)"
                        + (names.isEmpty ? "" : "; there are \(names)"))
            }
            keys.remove(at: index)
        }
    }

    private func content() throws(AccessError) -> [UInt8] {
        // Not to wait for a writer, should this be a pipe.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw AccessError("cannot be opened: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw AccessError("is not a file")
        }
        // Who can write it can make himself a key.
        guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
            throw AccessError("can be written by others than its owner; chmod 600 it")
        }
        guard status.st_size <= Self.byteLimit else { throw AccessError("has more than \(Self.byteLimit) bytes") }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        guard count == bytes.count else { throw AccessError("cannot be read whole") }
        return bytes
    }

    private func parse(_ content: [UInt8]) throws(AccessError) -> AccessKeys {
        let value: JSONValue
        do throws(JSONError) {
            let hasMark = content.starts(with: [0xEF, 0xBB, 0xBF])
            value = try JSONValue(parsing: hasMark ? content[3...] : content[...])
        } catch {
            throw AccessError("is not JSON: \(error)")
        }
        guard value["version"]?.integerValue == 1 else {
            throw AccessError("must hold {\"version\": 1, \"keys\": […]}; this program knows version 1")
        }
        guard let entries = value["keys"]?.arrayValue else { throw AccessError("keys must be a list") }
        var keys: [AccessKey] = []
        for (number, entry) in entries.enumerated() { keys.append(try AccessKey(entry, number: number + 1)) }
        return try AccessKeys(keys)
    }

    private func change(_ body: (inout [AccessKey]) throws(AccessError) -> Void) throws(AccessError) {
        let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX) == 0 else {
            throw AccessError("\(path).lock: cannot be locked: \(String(cString: strerror(errno)))")
        }
        defer { close(lock) }
        var keys = exists ? try read().keys : []
        try body(&keys)
        _ = try AccessKeys(keys)
        try replace(with: keys)
    }

    private func replace(with keys: [AccessKey]) throws(AccessError) {
        // A line a key, for people who read it.
        let lines = keys.map { "  " + $0.json.serialised() }.joined(separator: ",\n")
        let content = Array("{\"version\": 1, \"keys\": [\n\(lines)\n]}\n".utf8)
        let temporary = path + ".new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        func failure(_ what: String) -> AccessError {
            AccessError("\(temporary): \(what): \(String(cString: strerror(errno)))")
        }
        guard descriptor >= 0 else { throw failure("cannot be made") }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, content, content.count) == content.count, fsync(descriptor) == 0 else {
            throw failure("cannot be written")
        }
        guard rename(temporary, path) == 0 else { throw failure("cannot be renamed to \(path)") }
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failure("its folder cannot be opened") }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw failure("its folder cannot be synced") }
    }
}
