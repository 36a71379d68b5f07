import Foundation
import PassageIndex
import Search
import Synchronization

/// One index of a server: opened when it is first asked for, opened for writing while there is something to write.
///
/// All that opens, closes or removes the index for this process goes through here, one after the other, so that the
/// process never waits for a lock of its own. The right to write is given back some seconds after the last change, so
/// that `passerine index` and other processes can have it too.
final class ServedIndex: Sendable {
    typealias Opening = @Sendable (IndexFolder) throws -> SearchEngine

    /// A failed opening is not tried again before this has passed.
    private static let retryPause = Duration.seconds(1)

    private enum State {
        case closed
        case open(SearchEngine)
        case failed(any Error, at: ContinuousClock.Instant)
    }

    /// What has become of an index that the registry let go.
    private enum Retirement {
        /// It is gone, or another has its name: nothing more can be written.
        case dropped
        /// Indexes are looked for elsewhere now: who writes to this one may come to an end.
        case left
    }

    private struct Writing {
        var writer: GroupWriter?
        var users = 0
        var retirement: Retirement?
        /// Whether the writer was opened with another configuration than is in force.
        var isOutdated = false
        var lastUse = ContinuousClock.now
    }

    let folder: IndexFolder
    private let open: Mutex<Opening>
    private let state = Mutex(State.closed)
    private let writing = Mutex(Writing())

    init(_ folder: IndexFolder, open: @escaping Opening) {
        self.folder = folder
        self.open = Mutex(open)
    }

    // MARK: Searching

    /// The engine, opened where it is not. Throws what opening throws; who asks meanwhile waits for the same opening.
    func engine() throws -> SearchEngine {
        try state.withLock { state in
            switch state {
            case .open(let engine): return engine
            case .failed(let error, let time) where ContinuousClock.now - time < Self.retryPause: throw error
            case .closed, .failed:
                do {
                    let engine = try open.withLock({ $0 })(folder)
                    state = .open(engine)
                    return engine
                } catch let error as IndexError where [.busy, .replaced, .missing].contains(error.kind) {
                    // What lacks now may be there with the next request.
                    throw error
                } catch {
                    state = .failed(error, at: .now)
                    throw error
                }
            }
        }
    }

    /// The engine where the index is open already.
    var openedEngine: SearchEngine? {
        state.withLock { if case .open(let engine) = $0 { engine } else { nil } }
    }

    /// Has the next search open the index anew, unless another has seen to that.
    func close(_ engine: SearchEngine) {
        state.withLock { state in
            if case .open(let current) = state, current === engine { state = .closed }
        }
    }

    /// Opens the index with another configuration, also for those that ask from now on. What runs goes on with what it
    /// has. Throws what opening throws; then searches go on as before.
    func reopen(_ open: @escaping Opening) throws {
        self.open.withLock { $0 = open }
        guard openedEngine != nil else {
            state.withLock { $0 = .closed }
            return
        }
        let engine = try open(folder)
        state.withLock { $0 = .open(engine) }
        writing.withLock { writing in
            writing.isOutdated = writing.writer != nil
            if writing.users == 0 { closeWriter(&writing) }
        }
    }

    // MARK: Writing

    /// Lends the way to write; the writer is opened at once, where it is not. Throws `IndexError`, `RankingError`, and
    /// what `body` throws.
    func withWriting<Result>(_ body: (IndexWriting) throws -> Result) throws -> Result {
        let engine = try engine()
        try writing.withLock { writing in
            _ = try writer(&writing, engine)
            writing.users += 1
        }
        defer {
            writing.withLock { writing in
                writing.users -= 1
                writing.lastUse = .now
                if writing.users == 0, writing.retirement != nil || writing.isOutdated { closeWriter(&writing) }
            }
        }
        return try body(IndexWriting(index: self))
    }

    /// Hands over a change. Throws `IndexError` and `RankingError`.
    func begin(_ change: GroupWriter.Change) throws -> GroupWriter.Pending {
        while true {
            let engine = try engine()
            let writer = try writing.withLock { writing in
                writing.lastUse = .now
                return try self.writer(&writing, engine)
            }
            do {
                return try writer.begin(change)
            } catch let error as IndexError where error.kind == .replaced {
                // It was closed meanwhile; what is to be written goes to the next.
                continue
            }
        }
    }

    private func writer(_ writing: inout Writing, _ engine: SearchEngine) throws -> GroupWriter {
        if case .dropped = writing.retirement { throw gone }
        if let writer = writing.writer { return writer }
        if case .left = writing.retirement, writing.users == 0 { throw gone }
        let (folder, settings, models) = (folder, engine.reader.settings, engine.models)
        let writer = try GroupWriter {
            // A writer makes an index where there is none; one that was just dropped must not come back by that.
            try IndexWriter(folder, settings: settings, models: models, expecting: .existing)
        }
        writing.writer = writer
        return writer
    }

    private var gone: IndexError { IndexError(.missing, folder.path, "there is no index of this name any more") }

    /// Writes what waits and gives the right to write back. Nobody opens another writer meanwhile: it would find the
    /// lock of this one.
    private func closeWriter(_ writing: inout Writing) {
        writing.writer?.close()
        writing.writer = nil
        writing.isOutdated = false
    }

    /// Gives the right to write back if nobody has used it for a while, or uses it now.
    func closeWriter(unusedFor pause: Duration) {
        writing.withLock { writing in
            guard writing.users == 0, ContinuousClock.now - writing.lastUse >= pause else { return }
            closeWriter(&writing)
        }
    }

    // MARK: Coming and going

    /// Makes the index by `make` while nobody of this process opens it for writing. Throws what `make` throws, and
    /// `IndexError` of kind `missing` where this object stands for a dropped index.
    func create(_ make: () throws -> Void) throws {
        try writing.withLock { writing in
            guard writing.retirement == nil else { throw gone }
            try make()
        }
    }

    /// Removes the index: what waits is written first, what comes later is refused.
    ///
    /// - Parameter forget: is called before anybody learns of it.
    /// Throws `IndexError`; then the index is what it was.
    func drop(_ forget: () -> Void) throws {
        try writing.withLock { writing in
            guard writing.retirement == nil else { throw gone }
            closeWriter(&writing)
            try folder.remove()
            writing.retirement = .dropped
            forget()
        }
    }

    /// Gives the right to write back for good, since the index is no longer there.
    func retireDropped() {
        writing.withLock { writing in
            writing.retirement = .dropped
            closeWriter(&writing)
        }
    }

    /// Gives the right to write back for good, as soon as nobody uses it.
    func retire() {
        writing.withLock { writing in
            writing.retirement = writing.retirement ?? .left
            if writing.users == 0 { closeWriter(&writing) }
        }
    }
}
