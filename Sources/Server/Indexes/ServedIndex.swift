import Foundation
import PassageIndex
import Search
import Synchronization

/// One index of a server: opened when it is first asked for, opened for writing while there is something to write.
///
/// The right to write is given back some seconds after the last change, so that `passerine index` and other processes
/// can have it too.
final class ServedIndex: Sendable {
    /// A failed opening is not tried again before this has passed.
    private static let retryPause = Duration.seconds(1)

    private enum State {
        case closed
        case open(SearchEngine)
        case failed(any Error, at: ContinuousClock.Instant)
    }

    private struct Writing {
        var writer: GroupWriter?
        var users = 0
        /// Whether another has taken this index's place.
        var isRetired = false
        var lastUse = ContinuousClock.now
    }

    let folder: IndexFolder
    private let open: @Sendable (IndexFolder) throws -> SearchEngine
    private let state = Mutex(State.closed)
    private let writing = Mutex(Writing())

    init(_ folder: IndexFolder, open: @escaping @Sendable (IndexFolder) throws -> SearchEngine) {
        self.folder = folder
        self.open = open
    }

    /// The engine, opened where it is not. Throws what opening throws; who asks meanwhile waits for the same opening.
    func engine() throws -> SearchEngine {
        try state.withLock { state in
            switch state {
            case .open(let engine): return engine
            case .failed(let error, let time) where ContinuousClock.now - time < Self.retryPause: throw error
            case .closed, .failed:
                do {
                    let engine = try open(folder)
                    state = .open(engine)
                    return engine
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

    /// Lends the writer, which is opened where it is not. Throws `IndexError`, `RankingError`, and what `body` throws.
    func withWriter<Result>(_ body: (GroupWriter) throws -> Result) throws -> Result {
        let engine = try engine()
        let writer = try writing.withLock { writing in
            let writer = try writing.writer ?? openWriter(engine)
            writing.writer = writer
            writing.users += 1
            return writer
        }
        defer {
            let isDone = writing.withLock { writing in
                writing.users -= 1
                writing.lastUse = .now
                return writing.isRetired
            }
            if isDone { closeWriter(unusedFor: .zero) }
        }
        return try body(writer)
    }

    private func openWriter(_ engine: SearchEngine) throws -> GroupWriter {
        let (folder, settings, models) = (folder, engine.reader.settings, engine.models)
        // A writer makes an index where there is none; one that was just dropped must not come back by that.
        guard folder.exists else { throw IndexError(.missing, folder.path, "there is no index here") }
        return try GroupWriter { try IndexWriter(folder, settings: settings, models: models) }
    }

    /// Gives the right to write back, as soon as nobody uses it.
    func retire() {
        writing.withLock { $0.isRetired = true }
        closeWriter(unusedFor: .zero)
    }

    /// Gives the right to write back if nobody has used it for a while, or uses it now.
    func closeWriter(unusedFor pause: Duration) {
        let writer = writing.withLock { writing -> GroupWriter? in
            guard writing.users == 0, ContinuousClock.now - writing.lastUse >= pause else { return nil }
            defer { writing.writer = nil }
            return writing.writer
        }
        writer?.close()
    }
}
