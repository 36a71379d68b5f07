import Foundation
import GRDB

extension Catalogue {
    /// Opens an index's catalogue for its one writer, makes it where there is none, and upgrades an older one.
    ///
    /// - Parameter proposed: settings of a new index, which the caller has checked.
    /// - Returns: the catalogue and the settings that hold.
    static func openForWriting(
        _ folder: IndexFolder, proposed: IndexSettings
    ) throws -> (DatabasePool, IndexSettings) {
        if folder.exists {
            try requireCatalogue(folder)
            _ = try FormatUpgrade.upgrade(folder)
            let settings = try IndexSettings.read(folder)
            let pool = try open(folder, readonly: false, readers: 1)
            if (try? IndexSettings.readCopy(folder)) != settings { try settings.write(to: folder) }
            return (pool, settings)
        }
        if FileManager.default.fileExists(atPath: folder.catalogue) {
            if let recovered = try recover(folder) { return recovered }
            // A crash while the index was made: there is nothing in it yet.
            for suffix in ["", "-wal", "-shm"] { unlink(folder.catalogue + suffix) }
        }
        let pool = try open(folder, readonly: false, readers: 1)
        try create(pool, settings: proposed)
        // The settings file comes last: with it the index exists.
        try proposed.write(to: folder)
        return (pool, proposed)
    }

    /// Refuses a folder that has settings but lost its catalogue, which opening would make anew, empty.
    static func requireCatalogue(_ folder: IndexFolder) throws {
        guard FileManager.default.fileExists(atPath: folder.catalogue) else {
            throw IndexError(
                .damaged, folder.catalogue, "is missing; restore the index from a backup, or remove \(folder.path)")
        }
    }

    /// An index whose settings file is gone but whose catalogue has passages.
    private static func recover(_ folder: IndexFolder) throws -> (DatabasePool, IndexSettings)? {
        guard try FormatUpgrade.upgradeWhatIsThere(folder) else { return nil }
        let pool = try open(folder, readonly: false, readers: 1)
        let settings = try pool.read { database -> IndexSettings? in
            guard let settings = try IndexSettings.stored(in: database), try database.state("generation") > 0 else {
                return nil
            }
            return settings
        }
        guard let settings else {
            try pool.close()
            return nil
        }
        try settings.write(to: folder)
        return (pool, settings)
    }
}
