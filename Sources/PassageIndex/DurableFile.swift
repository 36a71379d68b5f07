import Foundation

/// Files that are whole or absent, whatever happens while they are written.
enum DurableFile {
    /// Writes all of `bytes`; throws `IndexError` with the system's words.
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws {
        var rest = bytes
        while let base = rest.baseAddress, rest.count > 0 {
            let written = Glibc.write(descriptor, base, min(rest.count, 1 << 30))
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw failure("cannot be written", path) }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }

    /// Makes a file's content durable.
    static func sync(_ descriptor: Int32, path: String) throws {
        guard fsync(descriptor) == 0 else { throw failure("cannot be synced to disk", path) }
    }

    /// Makes the names in a folder durable.
    static func syncFolder(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be opened", path) }
        defer { close(descriptor) }
        try sync(descriptor, path: path)
    }

    /// Gives a synced temporary file its name and makes the name durable.
    static func publish(_ temporary: String, as path: String) throws {
        guard rename(temporary, path) == 0 else { throw failure("cannot be renamed to \(path)", temporary) }
        try syncFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }

    /// Writes a small file in one atomic, durable step.
    static func replace(_ path: String, with content: Data) throws {
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("cannot be created", temporary) }
        defer { close(descriptor) }
        try content.withUnsafeBytes { try write($0, to: descriptor, path: temporary) }
        try sync(descriptor, path: temporary)
        try publish(temporary, as: path)
    }

    static func failure(_ what: String, _ path: String) -> IndexError {
        IndexError(.io, path, "\(what): \(String(cString: strerror(errno)))")
    }
}
