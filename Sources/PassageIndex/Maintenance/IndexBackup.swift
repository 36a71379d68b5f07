import Foundation
import GRDB

/// Copies of whole indexes, taken while they are in use, and put back.
public enum IndexBackup {
    /// Copies one consistent state of an index, which may be written meanwhile, into a new folder, and verifies the copy.
    ///
    /// - Parameters:
    ///   - path: the folder to make; it appears when the copy is whole and sound.
    ///   - links: whether segments become hard links where the file system can, which takes no space but shares the fate
    ///     of the disk.
    /// Throws `IndexError`, also where the copy is not sound, which then is not kept.
    public static func make(
        of index: IndexFolder, at path: String, links: Bool = false
    ) throws -> IndexVerifier.Report {
        guard index.exists else { throw IndexError(.missing, index.path, "there is no index here") }
        guard !FileManager.default.fileExists(atPath: path) else {
            throw IndexError(.exists, path, "is there already; name a folder that is not")
        }
        let copy = IndexFolder(path: path + ".new")
        do {
            let report = try copyAndVerify(index, to: copy, links: links)
            guard rename(copy.path, path) == 0 else {
                throw DurableFile.failure("cannot be given its name", path)
            }
            try DurableFile.syncFolder(DurableFile.parent(path))
            return report
        } catch {
            try? FileManager.default.removeItem(atPath: copy.path)
            throw error
        }
    }

    /// Puts a copy in the place of an index, which searches see at once, whole. What was there is removed afterwards.
    ///
    /// - Parameters:
    ///   - path: a folder that `make` made; also on read-only media.
    ///   - replaces: whether an index of that name may be there.
    /// Throws `IndexError`; then the index is what it was.
    public static func restore(
        from path: String, as index: IndexFolder, replaces: Bool
    ) throws -> IndexVerifier.Report {
        let source = IndexFolder(path: path)
        guard source.exists else { throw IndexError(.missing, path, "there is no index in this folder") }
        guard replaces || !FileManager.default.fileExists(atPath: index.path) else {
            throw IndexError(.exists, index.path, "is there already; say --replace to put the copy in its place")
        }
        let parent = DurableFile.parent(index.path)
        try DurableFile.makeFolder(parent)
        let copy = IndexFolder(path: "\(parent)/.restoring-\(index.name)")
        defer { try? FileManager.default.removeItem(atPath: copy.path) }
        let report = try copyAndVerify(source, to: copy, links: false)
        let lock = index.exists ? try WriterLock(index) : nil
        try withExtendedLifetime(lock) {
            if FileManager.default.fileExists(atPath: index.path) {
                try DurableFile.exchange(copy.path, index.path)
            } else {
                try DurableFile.publish(copy.path, as: index.path)
            }
        }
        return report
    }

    private static func copyAndVerify(
        _ source: IndexFolder, to copy: IndexFolder, links: Bool
    ) throws -> IndexVerifier.Report {
        try? FileManager.default.removeItem(atPath: copy.path)
        try DurableFile.makeFolder(copy.path)
        try DurableFile.makeFolder(copy.segments)
        let settings = try IndexSettings.read(source)
        let pool = try Catalogue.open(source, readonly: true, readers: 1)
        // A merge may take segments away that this state names; the next state names those that are there.
        var attempts = 0
        while try !copyState(source, pool, to: copy, links: links) {
            attempts += 1
            guard attempts < 100 else {
                throw IndexError(
                    .damaged, source.segments, "lacks segments; run `passerine verify --index \(source.name)`")
            }
        }
        try settings.write(to: copy)
        let report = try IndexVerifier(copy).run()
        guard report.isSound else {
            throw IndexError(
                .damaged, source.path,
                "cannot be copied, since the copy is not sound: \(report.problems.joined(separator: "; "))")
        }
        try settle(copy)
        return report
    }

    /// Copies one state; false where a segment of it is gone meanwhile.
    private static func copyState(
        _ source: IndexFolder, _ pool: DatabasePool, to copy: IndexFolder, links: Bool
    ) throws -> Bool {
        do {
            return try pool.read { database in
                for number in try Int.fetchAll(database, sql: "SELECT number FROM segments") {
                    let (from, to) = (source.segment(number), copy.segment(number))
                    if FileManager.default.fileExists(atPath: to) { continue }
                    if links, link(from, to) == 0 { continue }
                    guard try DurableFile.copy(from, to: to) else { return false }
                }
                let target = try DatabaseQueue(path: copy.catalogue)
                try target.writeWithoutTransaction { try database.backup(to: $0) }
                try target.close()
                return true
            }
        } catch  where Catalogue.isOfCatalogue(error) {
            throw Catalogue.failure(source, "cannot be copied", error)
        }
    }

    /// Leaves nothing but the files themselves, all of it durable.
    private static func settle(_ copy: IndexFolder) throws {
        do {
            let queue = try DatabaseQueue(path: copy.catalogue)
            try queue.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
            try queue.close()
        } catch {
            throw Catalogue.failure(copy, "the copy cannot be completed", error)
        }
        for remains in [copy.lock, copy.catalogue + "-wal", copy.catalogue + "-shm"] { unlink(remains) }
        try DurableFile.sync(copy.catalogue)
        try DurableFile.syncFolder(copy.segments)
        try DurableFile.syncFolder(copy.path)
    }
}
