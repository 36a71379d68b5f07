import Foundation

extension IndexFolder {
    private static let mark = ".dropped-"

    /// Removes the index and everything in it, in one step: it goes out of sight before its files are deleted, and those
    /// that a crash left over are deleted with the next. Readers finish on what they have open.
    ///
    /// Throws `IndexError`: `missing`, `locked` where a process writes to the index, or `io`.
    public func remove() throws {
        guard exists else { throw IndexError(.missing, path, "there is no index here") }
        let parent = DurableFile.parent(path)
        let lock = try WriterLock(self)
        try withExtendedLifetime(lock) {
            guard exists else { throw IndexError(.missing, path, "there is no index here") }
            let hidden = "\(parent)/\(Self.mark)\(UUID().uuidString)"
            guard rename(path, hidden) == 0 else { throw DurableFile.failure("cannot be removed", path) }
            try DurableFile.syncFolder(parent)
        }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] where name.hasPrefix(Self.mark)
        {
            try? FileManager.default.removeItem(atPath: parent + "/" + name)
        }
    }
}
