import PassageIndex

/// The way to change one index, for as long as a request lasts: many have it at the same time.
///
/// The writer behind it is closed and opened again as the index is dropped or its configuration changes; whoever holds
/// this learns of it only where there is nothing left to write to.
public struct IndexWriting: Sendable {
    let index: ServedIndex

    /// Hands over a change to wait for later.
    ///
    /// Throws `IndexError`: `missing` where the index has been dropped meanwhile, `busy` where too much waits; and what
    /// opening the writer throws.
    public func begin(_ change: GroupWriter.Change) throws -> GroupWriter.Pending { try index.begin(change) }

    /// Makes a change and waits until it is durable. Throws as `begin` does, and why the change failed.
    public func perform(_ change: GroupWriter.Change) throws -> GroupWriter.Receipt {
        try begin(change).receipt()
    }
}
