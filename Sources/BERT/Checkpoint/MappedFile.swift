import CMappings
import Foundation

/// A regular file mapped into memory for reading, for as long as the object lives.
///
/// A file that is cut short meanwhile reads as zeros from there on; whoever has read asks `checkWhole`.
package final class MappedFile {
    package let path: String
    /// The whole file; empty for an empty one. Valid only while the object is held (`withExtendedLifetime`).
    package let bytes: UnsafeRawBufferPointer
    private let watch: OpaquePointer?
    private let status: stat

    /// Maps the file at `path`.
    ///
    /// - Parameter limit: the greatest size accepted, in bytes.
    /// - Throws: `CheckpointError` where the file is missing, unreadable, no regular file or too large.
    package init(path: String, limit: Int = .max) throws {
        // Not to wait for a writer, should this be a pipe.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure(path, "cannot be opened") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure(path, "cannot be examined") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw CheckpointError(path, "is no regular file") }
        let size = Int(status.st_size)
        guard size <= limit else {
            throw CheckpointError(path, "is \(size) bytes, more than the \(limit) that such a file may have")
        }
        self.path = path
        self.status = status
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            watch = nil
            return
        }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw Self.failure(path, "cannot be mapped into memory")
        }
        bytes = UnsafeRawBufferPointer(start: start, count: size)
        watch = cm_watch_begin(start, size, 0)
    }

    /// Throws `CheckpointError` where the file has been cut short since it was mapped: what was read may be zeros.
    package func checkWhole() throws {
        var now = stat()
        let isShorter =
            stat(path, &now) == 0 && now.st_dev == status.st_dev && now.st_ino == status.st_ino
            && now.st_size < status.st_size
        guard isShorter || cm_watch_has_failed(watch) != 0 else { return }
        throw CheckpointError(
            path, "was cut short, or could not be read, while it was open", remedy: "fetch the file again")
    }

    deinit {
        cm_watch_end(watch)
        if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    }

    private static func failure(_ path: String, _ message: String) -> CheckpointError {
        CheckpointError(path, "\(message): \(String(cString: strerror(errno)))")
    }
}

// The mapping is made once, read-only, and taken down only when nobody holds the object any more.
extension MappedFile: @unchecked Sendable {}
