import CEpoll

/// Gives memory back to the system once a server's requests have come to rest.
///
///     var memory = IdleMemory()
///     memory.look(isBusy: statistics.running + statistics.waiting > 0)   // now and then, from one thread
///
/// glibc keeps what is freed for the next request and gives back by itself only what lies at the end of an arena: after
/// large answers that is hundreds of megabytes, which no limit of ours counts any more.
public struct IdleMemory {
    /// More than this since it was given back last is worth the page faults of the next requests.
    package static let keptBytes = 32 << 20
    /// Looks without work after which requests are taken to have come to rest.
    package static let restingLooks = 40

    private let residentBytes: () -> Int
    private let giveBack: () -> Void
    private var looks = 0
    private var hasWorked = false
    /// What was in memory when it was given back last.
    private var settledBytes = 0

    /// With glibc's `malloc_trim`.
    public init() {
        self.init(residentBytes: { ProcessStatistics().residentBytes }, giveBack: { malloc_trim(0) })
    }

    package init(residentBytes: @escaping () -> Int, giveBack: @escaping () -> Void) {
        self.residentBytes = residentBytes
        self.giveBack = giveBack
    }

    /// Looks whether it is time.
    ///
    /// - Parameter isBusy: whether any request is being worked on, or waits for it.
    public mutating func look(isBusy: Bool) {
        guard !isBusy else {
            (hasWorked, looks) = (true, 0)
            return
        }
        guard hasWorked else { return }
        looks += 1
        guard looks >= Self.restingLooks else { return }
        hasWorked = false
        guard residentBytes() > settledBytes + Self.keptBytes else { return }
        giveBack()
        settledBytes = residentBytes()
    }
}
