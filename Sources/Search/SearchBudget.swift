import LinearAlgebra

/// What a request may take: for how long it is wanted, and how large its answer may be.
public struct SearchBudget: Sendable {
    /// As much as it needs.
    public static let unlimited = SearchBudget()

    public var cancellation: Cancellation
    /// Bytes of all hits and facets of a request as JSON; more is an error of kind `tooLarge`.
    public var responseBytes: Int
    /// Asked for memory while a large answer is made, in bytes; throws where there is none.
    public var reserve: @Sendable (Int) throws -> Void

    public init(
        cancellation: Cancellation = .never, responseBytes: Int = .max,
        reserve: @escaping @Sendable (Int) throws -> Void = { _ in }
    ) {
        self.cancellation = cancellation
        self.responseBytes = responseBytes
        self.reserve = reserve
    }
}

/// Adds up what an answer takes while it is made, so that what is too much is never in memory.
final class AnswerMeter {
    /// What no memory is asked for.
    private static let free = 256 << 10
    /// So much is asked for at a time.
    private static let step = 1 << 20
    /// Memory, for each byte that an answer may have, that its values may take.
    private static let memoryPerByte = 4

    let budget: SearchBudget
    private var written = 0
    private var memory = 0
    private var reserved = AnswerMeter.free

    init(_ budget: SearchBudget) { self.budget = budget }

    /// Counts a part of the answer. Throws `SearchError` (`tooLarge`) and what asking for memory throws.
    ///
    /// - Parameters:
    ///   - written: bytes of its JSON.
    ///   - memory: bytes that it takes besides these and a copy of them.
    func add(written: Int, memory: Int = 0) throws {
        self.written += written
        self.memory += 2 * written + memory
        let most = budget.responseBytes.multipliedReportingOverflow(by: Self.memoryPerByte)
        guard self.written <= budget.responseBytes, most.overflow || self.memory <= most.partialValue else {
            throw SearchError(
                .tooLarge,
                "the answer would have over \(budget.responseBytes) bytes; ask for fewer hits with k or for fewer queries "
                    + "at a time, or leave texts, explanations or facets out")
        }
        guard self.memory > reserved else { return }
        let more = max(Self.step, self.memory - reserved)
        try budget.reserve(more)
        reserved += more
    }
}
