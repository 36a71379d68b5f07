import Corpus
import Foundation
import Synchronization

/// The front of an `IndexWriter` for many threads: changes that come at the same time share one commit, and each is
/// acknowledged when that is durable.
///
///     let writer = try GroupWriter { try IndexWriter(folder, settings: settings, models: models) }
///     let receipt = try writer.perform(.add([passage]))     // returns when the passage is durable
///     writer.close()
///
/// One thread encodes and commits; while it does, the next group gathers. What waits is bounded. Where the index's files
/// are replaced meanwhile, the index that is there now is opened, and what is not acknowledged is written to that.
public final class GroupWriter: Sendable {
    /// What is to be done, in one step.
    public enum Change: Sendable {
        case add([Passage])
        case delete(ids: [String])
    }

    /// What was done, and is durable.
    public struct Receipt: Sendable, Equatable {
        public var added = 0
        /// Passages among the added that took the place of one with the same id.
        public var replaced = 0
        public var deleted = 0
        /// For each passage or id of the change, whether a passage of that id was there.
        public var found: [Bool] = []

        public init(added: Int = 0, replaced: Int = 0, deleted: Int = 0, found: [Bool] = []) {
            (self.added, self.replaced, self.deleted, self.found) = (added, replaced, deleted, found)
        }
    }

    /// What may wait; more is an error of kind `busy` to who brings it.
    public struct Limits: Sendable {
        public var changes = 4096
        /// Bytes that the passages' texts, ids and metadata take in memory.
        public var bytes = 64 << 20

        public init() {}
    }

    private struct Request: Sendable {
        let change: Change
        let bytes: Int
        let completion: @Sendable (Result<Receipt, any Error>) -> Void
    }

    private struct Queue {
        var requests: [Request] = []
        var bytes = 0
        var isClosed = false
    }

    /// How often a group is written where the index is replaced each time.
    private static let mostAttempts = 3

    private let limits: Limits
    private let passageLimits: PassageLimits
    private let queue = Mutex(Queue())
    private let arrival = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// Opens the index on a thread of its own. Throws what `open` throws.
    ///
    /// - Parameter open: is called again where the index's files have been replaced.
    public init(
        limits: Limits = Limits(), passageLimits: PassageLimits = PassageLimits(),
        open: @escaping @Sendable () throws -> IndexWriter
    ) throws {
        self.limits = limits
        self.passageLimits = passageLimits
        let opened = DispatchSemaphore(value: 0)
        let failure = Mutex<(any Error)?>(nil)
        let work: @Sendable () -> Void = { [self] in
            // The index is let go before `close` returns, so the writer lives no longer than this call.
            do { try serve(open, opened) } catch { failure.withLock { $0 = error } }
            opened.signal()
            ended.signal()
        }
        let thread = Thread(block: work)
        thread.name = "group-writer"
        thread.stackSize = 8 << 20
        thread.start()
        opened.wait()
        if let error = failure.withLock({ $0 }) { throw error }
    }

    /// Hands over a change; `completion` is called on the writer's thread when it is durable, or has failed and left
    /// nothing. Throws `IndexError` (`busy`; `replaced` once it is closed) and `PassageError` at once, without calling it.
    public func submit(_ change: Change, completion: @escaping @Sendable (Result<Receipt, any Error>) -> Void) throws {
        var bytes = 0
        switch change {
        case .add(let passages):
            for passage in passages {
                try passage.validate(limits: passageLimits)
                bytes += passage.memoryBytes
            }
        case .delete(let ids): bytes = ids.reduce(0) { $0 + $1.utf8.count }
        }
        let request = Request(change: change, bytes: bytes, completion: completion)
        try queue.withLock { queue in
            guard !queue.isClosed else { throw IndexError(.replaced, "", "the writer is closed") }
            // One that is larger than all that may wait is let in alone.
            guard queue.requests.count < limits.changes, queue.bytes + bytes <= limits.bytes || queue.requests.isEmpty
            else {
                throw IndexError(.busy, "", "too many changes wait to be written; try again later")
            }
            queue.requests.append(request)
            queue.bytes += bytes
        }
        arrival.signal()
    }

    /// A change that is being written.
    public final class Pending: Sendable {
        private let done = DispatchSemaphore(value: 0)
        private let outcome = Mutex<Result<Receipt, any Error>?>(nil)

        fileprivate init() {}

        fileprivate func end(_ result: Result<Receipt, any Error>) {
            outcome.withLock { $0 = result }
            done.signal()
        }

        /// Waits until the change is durable; to be called once. Throws why it failed.
        public func receipt() throws -> Receipt {
            done.wait()
            return try (outcome.withLock { $0 } ?? .success(Receipt())).get()
        }
    }

    /// Hands over a change to wait for later. Throws as `submit` does.
    public func begin(_ change: Change) throws -> Pending {
        let pending = Pending()
        try submit(change) { pending.end($0) }
        return pending
    }

    /// Makes a change and waits until it is durable. Throws as `submit` does, and why the change failed.
    public func perform(_ change: Change) throws -> Receipt { try begin(change).receipt() }

    /// Writes what waits, lets the index go, and refuses what comes later.
    public func close() {
        let isFirst = queue.withLock { queue in
            defer { queue.isClosed = true }
            return !queue.isClosed
        }
        guard isFirst else { return }
        arrival.signal()
        ended.wait()
    }

    private func serve(_ open: () throws -> IndexWriter, _ opened: DispatchSemaphore) throws {
        var writer: IndexWriter? = try Self.opened(open)
        opened.signal()
        while true {
            arrival.wait()
            let (group, isClosed) = queue.withLock { queue in
                defer { (queue.requests, queue.bytes) = ([], 0) }
                return (queue.requests, queue.isClosed)
            }
            if !group.isEmpty {
                write(group, with: &writer, open)
                // What merging cannot do now it can do later; the changes are durable.
                _ = try? writer?.compact(.background)
            } else if isClosed {
                return
            }
        }
    }

    private static func opened(_ open: () throws -> IndexWriter) throws -> IndexWriter {
        let writer = try open()
        // Merging comes after the acknowledgements.
        writer.policy = nil
        return writer
    }

    private func write(_ group: [Request], with writer: inout IndexWriter?, _ open: () throws -> IndexWriter) {
        var attempts = 0
        while true {
            attempts += 1
            do {
                let current = try writer ?? Self.opened(open)
                writer = current
                var found = try commit(group, with: current)[...]
                for request in group { request.completion(.success(Self.receipt(request.change, &found))) }
                return
            } catch let error as IndexError where error.kind == .replaced && attempts < Self.mostAttempts {
                // The lock goes with it, so that what is there now can be opened.
                writer = nil
            } catch {
                writer?.abandon()
                if (error as? IndexError)?.kind == .replaced { writer = nil }
                for request in group { request.completion(.failure(error)) }
                return
            }
        }
    }

    /// Makes a group's changes durable; says of each passage and id whether one was there.
    private func commit(_ group: [Request], with writer: IndexWriter) throws -> [Bool] {
        // Additions of many clients go through the encoder together.
        var additions: [Passage] = []
        for request in group {
            switch request.change {
            case .add(let passages): additions += passages
            case .delete(let ids):
                try writer.add(additions)
                additions = []
                writer.markDeleted(ids: ids)
            }
        }
        try writer.add(additions)
        return try writer.commit()
    }

    /// Takes a change's part from what the commit found.
    private static func receipt(_ change: Change, _ found: inout ArraySlice<Bool>) -> Receipt {
        switch change {
        case .add(let passages):
            let mine = found.prefix(passages.count)
            found = found.dropFirst(passages.count)
            return Receipt(added: passages.count, replaced: mine.count { $0 }, found: Array(mine))
        case .delete(let ids):
            let mine = found.prefix(ids.count)
            found = found.dropFirst(ids.count)
            return Receipt(deleted: mine.count { $0 }, found: Array(mine))
        }
    }
}
