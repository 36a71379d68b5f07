import Foundation

/// Files that are whole or absent, whatever happens while they are written.
enum DurableFile {
    /// Opens a file for writing, empty. Throws `IndexError` with the system's words, as all here does.
    static func create(_ path: String) throws -> Int32 {
        try Faults.check(.create, path)
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("cannot be created", path) }
        return descriptor
    }

    /// Makes a folder, and its name durable.
    static func makeFolder(_ path: String) throws {
        guard mkdir(path, 0o755) != 0 else { return try syncFolder(parent(path)) }
        if errno == ENOENT, parent(path) != path {
            try makeFolder(parent(path))
            return try makeFolder(path)
        }
        var status = stat()
        guard errno == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw failure("cannot be made", path)
        }
    }

    /// Writes all of `bytes`.
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws {
        try Faults.check(.write, path)
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
        try Faults.check(.sync, path)
        guard fsync(descriptor) == 0 else { throw failure("cannot be synced to disk", path) }
    }

    /// Makes the content of a file that somebody else wrote durable.
    static func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be opened", path) }
        defer { close(descriptor) }
        try sync(descriptor, path: path)
    }

    /// Makes the names in a folder durable.
    static func syncFolder(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be opened", path) }
        defer { close(descriptor) }
        try sync(descriptor, path: path)
    }

    /// Gives a synced temporary file its name and makes the name durable.
    ///
    /// - Parameter replaces: whether a file of that name may be there.
    static func publish(_ temporary: String, as path: String, replaces: Bool = true) throws {
        try Faults.check(.rename, temporary)
        if replaces {
            guard Glibc.rename(temporary, path) == 0 else { throw failure("cannot be given its name", path) }
        } else if !rename(temporary, path, flags: noReplace) {
            // File systems that know no such renaming are asked first.
            guard errno == EINVAL || errno == ENOSYS, access(path, F_OK) != 0, Glibc.rename(temporary, path) == 0 else {
                guard errno != EEXIST else {
                    throw IndexError(
                        .damaged, path,
                        "is there although its number is not given yet; run `passerine verify`, and restore the index from "
                            + "a backup")
                }
                throw failure("cannot be given its name", path)
            }
        }
        try syncFolder(parent(path))
    }

    private static let noReplace: UInt32 = 1
    private static let exchange: UInt32 = 2

    /// The C library declares `renameat2` (Linux 3.15) only to programs that ask for GNU's extensions.
    private static func rename(_ old: String, _ new: String, flags: UInt32) -> Bool {
        typealias Rename = @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
        guard let symbol = dlsym(nil, "renameat2") else {
            errno = ENOSYS
            return false
        }
        return unsafeBitCast(symbol, to: Rename.self)(AT_FDCWD, old, AT_FDCWD, new, flags) == 0
    }

    /// Lets two files or folders of one file system change places in one step, and makes that durable.
    static func exchange(_ first: String, _ second: String) throws {
        try Faults.check(.rename, first)
        guard rename(first, second, flags: exchange) else { throw failure("cannot be put in its place", second) }
        try syncFolder(parent(second))
    }

    /// Writes a small file in one atomic, durable step.
    static func replace(_ path: String, with content: Data) throws {
        let temporary = path + ".new"
        let descriptor = try create(temporary)
        defer { close(descriptor) }
        do {
            try content.withUnsafeBytes { try write($0, to: descriptor, path: temporary) }
            try sync(descriptor, path: temporary)
            try publish(temporary, as: path)
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Copies a file durably; false where there is none to copy.
    static func copy(_ source: String, to path: String) throws -> Bool {
        let input = open(source, O_RDONLY | O_CLOEXEC)
        if input < 0, errno == ENOENT { return false }
        guard input >= 0 else { throw failure("cannot be opened", source) }
        defer { close(input) }
        let output = try create(path)
        defer { close(output) }
        while true {
            try Faults.check(.write, path)
            let count = sendfile(output, input, nil, 1 << 30)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("cannot be written", path) }
            if count == 0 { break }
        }
        try sync(output, path: path)
        return true
    }

    /// The folder that a path lies in; `.` for a bare name.
    static func parent(_ path: String) -> String {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        return folder.isEmpty ? "." : folder
    }

    /// What the system said to a file's use. Where it has nothing to give for the moment, the file is not to blame.
    static func failure(_ what: String, _ path: String, _ code: Int32 = errno) -> IndexError {
        let words = String(cString: strerror(code))
        switch code {
        case EMFILE, ENFILE, ENOMEM, EAGAIN:
            return IndexError(.busy, path, "\(what) now: \(words); try again later")
        default: return IndexError(.io, path, "\(what): \(words)")
        }
    }
}
