import Synchronization

/// Bytes that all of a server's connections hold of one kind, with what they may hold together.
final class ByteAccount: Sendable {
    let limit: Int
    private let held = Atomic<Int>(0)

    init(limit: Int) { self.limit = max(limit, 0) }

    /// What is held now.
    var bytes: Int { held.load(ordering: .relaxed) }

    /// Takes room for bytes; false where all together would hold too many.
    func reserve(_ bytes: Int) -> Bool {
        let total = held.add(bytes, ordering: .relaxed).newValue
        if total <= limit { return true }
        held.subtract(bytes, ordering: .relaxed)
        return false
    }

    /// Counts bytes that are there already, whatever the limit.
    func add(_ bytes: Int) { held.add(bytes, ordering: .relaxed) }

    func release(_ bytes: Int) {
        if bytes > 0 { held.subtract(bytes, ordering: .relaxed) }
    }
}
