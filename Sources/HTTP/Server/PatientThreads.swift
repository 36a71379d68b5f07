/// Threads for jobs that wait for something else than a processor: for clients that send, or for writers and disks.
///
/// There are as many as jobs, up to a limit; one that has nothing to do ends after some seconds. Clients that are slow to
/// send can have half of them, so that the others never wait for these.
final class PatientThreads: Sendable {
    /// How long a thread waits for another job.
    private static let patience: Int64 = 5_000_000_000

    private struct State {
        /// Jobs that wait for their clients, and those which do not.
        var slow = RingBuffer<WorkQueue.Job>()
        var prompt = RingBuffer<WorkQueue.Job>()
        var runningSlow = 0
        var running = 0
        var idle = 0
        var threads = 0
        var number = 0
        var isStopped = false

        var waiting: Int { slow.count + prompt.count }

        /// Jobs that wait for nothing but a thread.
        func runnable(_ slowLimit: Int) -> Int { prompt.count + max(0, min(slow.count, slowLimit - runningSlow)) }

        /// The next job, for a thread that is idle.
        mutating func take(_ slowLimit: Int) -> WorkQueue.Job? {
            guard let job = prompt.popFirst() ?? (runningSlow < slowLimit ? slow.popFirst() : nil) else { return nil }
            idle -= 1
            running += 1
            if job.awaitsClient { runningSlow += 1 }
            return job
        }

        mutating func leave() {
            idle -= 1
            threads -= 1
        }
    }

    private enum Turn {
        case job(WorkQueue.Job)
        case leave
    }

    private let limit: Int
    private let slowLimit: Int
    /// Jobs of each kind that may wait.
    private let capacity: Int
    private let state = Monitor(State())

    init(limit: Int, capacity: Int) {
        self.limit = max(limit, 2)
        slowLimit = self.limit / 2
        self.capacity = max(capacity, 1)
    }

    /// Adds a job, unless too many wait that are still wanted, or the system has no room for a thread; then false.
    func enqueue(_ job: WorkQueue.Job) -> Bool {
        let (isAdded, wantsThread) = state.withLock { state -> (Bool, Bool) in
            guard !state.isStopped else { return (false, false) }
            func isFull() -> Bool { (job.awaitsClient ? state.slow.count : state.prompt.count) >= capacity }
            if isFull() {
                state.slow.filter { !$0.context.isCancelled }
                state.prompt.filter { !$0.context.isCancelled }
            }
            guard !isFull() else { return (false, false) }
            if job.awaitsClient { state.slow.append(job) } else { state.prompt.append(job) }
            // A slow client for whom there is no thread waits for another's to end.
            let wantsThread = state.idle < state.runnable(slowLimit) && state.threads < limit
            if wantsThread {
                state.threads += 1
                state.number += 1
            }
            return (true, wantsThread)
        }
        guard isAdded else { return false }
        if wantsThread { return startThread() }
        state.signal()
        return true
    }

    /// - Returns: false where the job that the thread was for can be run by no other and has been taken out.
    private func startThread() -> Bool {
        let number = state.withLock { $0.number }
        if Thread.start(name: "http-patient-\(number)", { [state, slowLimit] in Self.work(state, slowLimit) }) {
            return true
        }
        return state.withLock { state in
            state.threads -= 1
            guard state.threads == 0 else { return true }
            (state.slow, state.prompt) = (RingBuffer(), RingBuffer())
            return false
        }
    }

    /// Jobs that wait, and jobs that run.
    var load: (waiting: Int, running: Int) { state.withLock { ($0.waiting, $0.running) } }

    /// Lets the threads end, once they have run what waits, and waits for that until a monotonic time; whether all have.
    func stop(until deadline: Int64) -> Bool {
        state.withLock { $0.isStopped = true }
        state.broadcast()
        return state.wait(until: deadline) { $0.threads == 0 ? true : nil } ?? false
    }

    private static func work(_ state: Monitor<State>, _ slowLimit: Int) {
        while true {
            state.withLock { $0.idle += 1 }
            let turn = state.wait(until: MonotonicTime.adding(patience, to: MonotonicTime.now())) { state -> Turn? in
                if let job = state.take(slowLimit) { return .job(job) }
                guard state.isStopped else { return nil }
                state.leave()
                return .leave
            }
            // The time may be up just when a job comes.
            let last =
                turn
                ?? state.withLock { state -> Turn in
                    if let job = state.take(slowLimit) { return .job(job) }
                    state.leave()
                    return .leave
                }
            guard case .job(let job) = last else { break }
            if !job.context.isCancelled { job.run() }
            state.withLock { state in
                state.running -= 1
                if job.awaitsClient { state.runningSlow -= 1 }
            }
        }
        state.broadcast()
    }
}
