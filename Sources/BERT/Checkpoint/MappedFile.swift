import Foundation

/// A regular file mapped into memory for reading, for as long as the object lives.
///
/// The file must not be cut short meanwhile: touching pages past its new end ends the process.
package final class MappedFile {
    package let path: String
    /// The whole file; empty for an empty one. Valid only while the object is held (`withExtendedLifetime`).
    package let bytes: UnsafeRawBufferPointer

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
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw Self.failure(path, "cannot be mapped into memory")
        }
        bytes = UnsafeRawBufferPointer(start: start, count: size)
    }

    deinit {
        if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    }

    private static func failure(_ path: String, _ message: String) -> CheckpointError {
        CheckpointError(path, "\(message): \(String(cString: strerror(errno)))")
    }
}

// The mapping is made once, read-only, and taken down only when nobody holds the object any more.
extension MappedFile: @unchecked Sendable {}
