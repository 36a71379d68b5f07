import GRDB
import GRDBSQLite
import LinearAlgebra

extension IndexSnapshot {
    /// The passages that a filter lets through; of numbers that no passage has the set may hold any.
    ///
    /// Sets of recent filters are kept for as long as the index does not change.
    ///
    /// - Parameter isCancelled: asked now and then, by this thread alone.
    /// - Returns: `nil` where it was given up.
    public func passages(
        matching filter: MetadataFilter, isCancelled: () -> Bool = { false }
    ) throws -> PassageSet? {
        // Two ways to write one filter share a set.
        let filter = filter.simplified
        do {
            return try filters.passages(filter, generation: database.state("generation")) {
                try database.interruptible(by: isCancelled) {
                    try FilterEvaluation(database, declared: settings.fields).passages(filter)
                }
            }
        } catch DatabaseError.SQLITE_INTERRUPT where isCancelled() {
            return nil
        } catch let error as DatabaseError where error.isOfTooLargeStatement {
            throw IndexError(
                .invalid, folder.path,
                "the filter is nested too deep or has too many parts to be looked up; use a simpler one")
        }
    }
}

extension DatabaseError {
    /// Whether SQLite refused a statement for its size or depth (https://www.sqlite.org/limits.html).
    fileprivate var isOfTooLargeStatement: Bool {
        let limits = ["Expression tree is too large", "parser stack overflow", "too many SQL variables"]
        return resultCode == .SQLITE_TOOBIG
            || resultCode == .SQLITE_ERROR && limits.contains { message?.contains($0) ?? false }
    }
}

extension IndexSnapshot {
    /// Runs what reads the catalogue, so that it ends soon after it is not wanted any more; not to be nested, nor around
    /// `passages(matching:)`. Throws `Cancellation.Cancelled` then, and what `body` throws.
    public func interruptible<Result>(
        by cancellation: Cancellation, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try database.interruptible(by: { cancellation.isCancelled }, body)
        } catch DatabaseError.SQLITE_INTERRUPT where cancellation.isCancelled {
            throw Cancellation.Cancelled()
        }
    }
}

extension Database {
    /// SQLite's steps between two looks at whether to go on: well under a millisecond.
    private static let stepsBetweenLooks: CInt = 10_000

    /// Runs statements that end with `SQLITE_INTERRUPT` soon after `isCancelled` says yes.
    fileprivate func interruptible<Result>(by isCancelled: () -> Bool, _ body: () throws -> Result) rethrows -> Result {
        try withoutActuallyEscaping(isCancelled) { isCancelled in
            var question = isCancelled
            return try withUnsafeMutablePointer(to: &question) { question in
                sqlite3_progress_handler(
                    sqliteConnection, Self.stepsBetweenLooks,
                    { context in
                        context?.assumingMemoryBound(to: (() -> Bool).self).pointee() ?? false ? 1 : 0
                    }, question)
                // The handler must not outlive what it asks.
                defer { sqlite3_progress_handler(sqliteConnection, 0, nil, nil) }
                return try body()
            }
        }
    }
}
