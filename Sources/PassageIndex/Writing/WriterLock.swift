import Foundation

/// The right to write to an index: a locked file that names its owner and is free again when the process ends.
final class WriterLock: Sendable {
    private static let longestOwner = 256

    private let descriptor: Int32
    /// Which file is locked: another one in its place is another's lock.
    let identity: FileIdentity?

    /// Takes the lock. Throws `IndexError`: `locked`, naming the owner, where another has it, `missing` where there is no
    /// such folder, `io`.
    init(_ folder: IndexFolder) throws {
        while true {
            let descriptor = open(folder.lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o644)
            guard descriptor >= 0 else {
                if errno == ENOENT { throw IndexError(.missing, folder.path, "there is no index here") }
                throw DurableFile.failure("cannot be opened", folder.lock)
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let owner = Self.owner(descriptor)
                close(descriptor)
                throw IndexError(.locked, folder.path, "is being written by \(owner); wait until it is done")
            }
            let identity = FileIdentity(descriptor: descriptor)
            // The folder may have been dropped or replaced before the file was locked; then it is of no use.
            guard identity == FileIdentity(folder.lock) else {
                close(descriptor)
                continue
            }
            (self.descriptor, self.identity) = (descriptor, identity)
            break
        }
        // Who holds the lock is only for people to read, so a full disk does not matter.
        ftruncate(descriptor, 0)
        let owner = Array("process \(getpid()) on \(ProcessInfo.processInfo.hostName)".utf8)
        _ = owner.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }

    /// Who wrote a lock's file.
    private static func owner(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: longestOwner)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let owner = String(decoding: bytes.prefix(max(0, count)).filter { $0 >= 0x20 && $0 != 0x7F }, as: UTF8.self)
        return owner.isEmpty ? "another process" : owner
    }

    deinit { close(descriptor) }
}
