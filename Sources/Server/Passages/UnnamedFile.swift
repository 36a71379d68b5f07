import Foundation

/// A temporary file without a name, gone with the value. Throws `POSIXError`.
final class UnnamedFile: Sendable {
    private let descriptor: Int32

    init() throws {
        var path = Array((NSTemporaryDirectory() + "passerine-XXXXXX").utf8CString)
        descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw Self.failure }
        unlink(path)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func append(_ bytes: [UInt8]) throws {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.failure }
            written += count
        }
    }

    /// Bytes from an offset on, at most `limit`; none at the end.
    func read(at offset: Int, limit: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        while true {
            let count = pread(descriptor, &bytes, limit, off_t(offset))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure }
            return Array(bytes[..<count])
        }
    }

    private static var failure: POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}
