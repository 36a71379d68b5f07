import Synchronization

/// The passage sets of recent filters, all of one state of the index.
final class FilterCache: Sendable {
    /// Sets that are kept, and the bytes that they and their filters may take together.
    static let mostSets = 32
    static let mostBytes = 64 << 20

    private struct Kept {
        var generation = -1
        /// The most recently used last.
        var sets: [(filter: MetadataFilter, passages: PassageSet, bytes: Int)] = []
    }

    private let kept = Mutex(Kept())

    /// The set of a filter, made where it is not kept. No lock is held while it is made.
    func passages(
        _ filter: MetadataFilter, generation: Int, make: () throws -> PassageSet
    ) rethrows -> PassageSet {
        let known = kept.withLock { kept -> PassageSet? in
            guard kept.generation == generation, let place = kept.sets.firstIndex(where: { $0.filter == filter }) else {
                return nil
            }
            kept.sets.append(kept.sets.remove(at: place))
            return kept.sets.last?.passages
        }
        if let known { return known }
        let passages = try make()
        let bytes = passages.byteCount + filter.byteCount
        kept.withLock { kept in
            // A search that began in an older state must not take the newest sets away.
            guard generation >= kept.generation else { return }
            if generation > kept.generation { kept = Kept(generation: generation) }
            kept.sets.removeAll { $0.filter == filter }
            kept.sets.append((filter, passages, bytes))
            while kept.sets.count > Self.mostSets || kept.sets.reduce(0, { $0 + $1.bytes }) > Self.mostBytes {
                kept.sets.removeFirst()
            }
        }
        return passages
    }
}
