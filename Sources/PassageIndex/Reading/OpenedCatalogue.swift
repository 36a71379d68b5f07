import Foundation
import GRDB
import Ranking
import Synchronization

/// A catalogue file that is open for reading, with the segments of the newest state that was looked at.
final class OpenedCatalogue: Sendable {
    /// A state of the catalogue: which passages there are, and where their token data are.
    struct Version: Equatable {
        var generation: Int
        var arrangement: Int

        init(_ database: Database) throws {
            generation = try database.state("generation")
            arrangement = try database.state("arrangement")
        }
    }

    /// What searches need of a state.
    struct State {
        let version: Version
        let settings: IndexSettings
        let segments: SegmentSet
    }

    /// A segment that a state names and that is not there.
    struct MissingSegment: Error {
        let version: Version
        let reason: any Error
    }

    let folder: IndexFolder
    let pool: DatabasePool
    let lexical: LexicalIndex
    let filters = FilterCache()
    private let file: CatalogueFile?
    private let newest = Mutex<State?>(nil)
    private let firstSettings: IndexSettings

    /// Throws `IndexError` where there is no index or it cannot be read.
    init(_ folder: IndexFolder, readers: Int, maintainsPostings: Bool) throws {
        self.folder = folder
        firstSettings = try IndexSettings.read(folder)
        file = CatalogueFile(folder, isOnReadOnlyMedia: folder.isOnReadOnlyMedia)
        pool = try Catalogue.open(folder, readonly: true, readers: readers)
        lexical = LexicalIndex(
            analysis: firstSettings.analysis, folder: folder, maintainsPostings: maintainsPostings)
    }

    /// Opens what is there. What fails because the index is dropped or made anew in this moment is not taken for damage.
    ///
    /// Throws `IndexError`, of kind `missing` or `replaced` then.
    static func ofWhatIsThere(
        _ folder: IndexFolder, readers: Int, maintainsPostings: Bool
    ) throws -> OpenedCatalogue {
        let file = FileIdentity(folder.catalogue)
        do {
            return try OpenedCatalogue(folder, readers: readers, maintainsPostings: maintainsPostings)
        } catch let error as IndexError where error.kind == .damaged || error.kind == .io {
            try checkPlace(folder, file)
            throw error
        }
    }

    /// Throws `IndexError` of kind `missing` where the index is gone, and `replaced` where another has its name: what goes
    /// wrong with this one's files then says nothing of them.
    func checkPlace() throws { try Self.checkPlace(folder, file?.identity) }

    private static func checkPlace(_ folder: IndexFolder, _ file: FileIdentity?) throws {
        guard try folder.isThere() else { throw IndexError(.missing, folder.path, "there is no index here any more") }
        if let other = FileIdentity(folder.catalogue), other != file {
            throw IndexError(.replaced, folder.path, "the index was made anew meanwhile; try again")
        }
    }

    var settings: IndexSettings { newest.withLock { $0?.settings } ?? firstSettings }

    /// Whether another file has taken this one's place. While there is none, this one serves on.
    var isReplaced: Bool {
        CatalogueFile(folder, isOnReadOnlyMedia: file?.isOnReadOnlyMedia ?? false).map { $0 != file } ?? false
    }

    /// Has the next snapshot open its segments anew.
    func forgetState() { newest.withLock { $0 = nil } }

    /// The state that the transaction sees; segments are opened when they first appear.
    ///
    /// Throws `IndexError` where other models have made it, and `MissingSegment`.
    func state(in database: Database, models: ModelSet) throws -> State {
        let version = try Version(database)
        return try newest.withLock { newest in
            if let state = newest, state.version == version { return state }
            let settings = try IndexSettings.stored(in: database) ?? firstSettings
            try settings.check(models, folder: folder)
            let known = newest?.segments.byNumber ?? [:]
            let numbers = try Int.fetchAll(
                database,
                sql: "SELECT number FROM segments WHERE edition = (SELECT value FROM state WHERE key = 'edition')")
            let segments = try numbers.map { number in
                if let segment = known[number] { return segment }
                let path = folder.segment(number)
                do {
                    return try Segment(path: path, number: number, settings: settings)
                } catch  where access(path, F_OK) != 0 {
                    throw MissingSegment(version: version, reason: error)
                }
            }
            let state = State(version: version, settings: settings, segments: try SegmentSet(segments))
            // A snapshot that is older than what is open must not take newer segments away.
            if newest.map({ $0.version.isBefore(version) }) ?? true { newest = state }
            return state
        }
    }
}

/// Which file has the catalogue's name, so that a restored one is noticed.
private struct CatalogueFile: Equatable {
    let identity: FileIdentity
    let isOnReadOnlyMedia: Bool
    /// Size and time of the last change where SQLite was told that nothing changes; they would show that it was wrong.
    private let content: [Int]

    /// `nil` where there is no file.
    init?(_ folder: IndexFolder, isOnReadOnlyMedia: Bool) {
        var status = stat()
        guard stat(folder.catalogue, &status) == 0 else { return nil }
        identity = FileIdentity(status)
        self.isOnReadOnlyMedia = isOnReadOnlyMedia
        content = isOnReadOnlyMedia ? [Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec] : []
    }
}

extension OpenedCatalogue.Version {
    func isBefore(_ other: Self) -> Bool {
        (generation, arrangement) != (other.generation, other.arrangement)
            && generation <= other.generation && arrangement <= other.arrangement
    }
}
