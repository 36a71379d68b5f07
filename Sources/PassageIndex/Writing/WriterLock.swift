import Foundation

/// The right to write to an index: a locked file that names its owner and is free again when the process ends.
final class WriterLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock. Throws `IndexError` of kind `locked`, naming the owner, where another process has it.
    init(_ folder: IndexFolder) throws {
        let descriptor = open(folder.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw DurableFile.failure("cannot be opened", folder.lock) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let owner = FileManager.default.contents(atPath: folder.lock).map { String(decoding: $0, as: UTF8.self) }
            close(descriptor)
            throw IndexError(
                .locked, folder.path,
                "is being written by \(owner.flatMap { $0.isEmpty ? nil : $0 } ?? "another process"); wait until it is done"
            )
        }
        self.descriptor = descriptor
        // Who holds the lock is only for people to read, so a full disk does not matter.
        ftruncate(descriptor, 0)
        let owner = Array("process \(getpid()) on \(ProcessInfo.processInfo.hostName)".utf8)
        _ = owner.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }

    deinit { close(descriptor) }
}
