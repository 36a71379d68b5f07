import CEpoll
import Glibc

/// A bounded queue of jobs and a fixed number of threads which run them.
package final class WorkQueue: Sendable {
    /// One handler's run, or one piece of a streamed body.
    package struct Job: Sendable {
        let context: RequestContext
        let run: @Sendable () -> Void

        package init(context: RequestContext, run: @escaping @Sendable () -> Void) {
            self.context = context
            self.run = run
        }
    }

    private struct State {
        var jobs = RingBuffer<Job>()
        /// Pieces of responses that have begun; they go first, and one connection has at most one.
        var continuations = RingBuffer<Job>()
        var running = 0
        var threads = 0
        var isStopped = false
    }

    package let capacity: Int
    private let state = Monitor(State())

    /// Starts `workers` threads; at most `capacity` jobs wait.
    package init(workers: Int, capacity: Int) {
        self.capacity = max(capacity, 1)
        for number in 0..<max(workers, 1) {
            let started = Thread.start(name: "http-worker-\(number)") { [state] in WorkQueue.work(state) }
            if started { state.withLock { $0.threads += 1 } }
        }
    }

    /// Adds a job, unless the queue is full of jobs that are still wanted; then false.
    package func enqueue(_ job: Job) -> Bool {
        let isAdded = state.withLock { state in
            guard !state.isStopped, state.threads > 0 else { return false }
            if state.jobs.count >= capacity { state.jobs.filter { !$0.context.isCancelled } }
            guard state.jobs.count < capacity else { return false }
            state.jobs.append(job)
            return true
        }
        if isAdded { state.signal() }
        return isAdded
    }

    /// Adds the next piece of a response that has begun, whatever the queue's length.
    package func enqueueContinuation(_ job: Job) {
        state.withLock { $0.continuations.append(job) }
        state.signal()
    }

    /// Jobs that wait, and jobs that run.
    package var load: (waiting: Int, running: Int) {
        state.withLock { ($0.jobs.count + $0.continuations.count, $0.running) }
    }

    /// Lets the threads end, once they have run what waits, and waits for that until a monotonic time.
    /// - Returns: whether all have ended; one whose job does not return cannot be ended.
    package func stop(until deadline: Int64) -> Bool {
        state.withLock { $0.isStopped = true }
        state.broadcast()
        return state.wait(until: deadline) { $0.threads == 0 ? true : nil } ?? false
    }

    private static func work(_ state: Monitor<State>) {
        while true {
            let next = state.wait { state -> Job?? in
                guard let job = state.continuations.popFirst() ?? state.jobs.popFirst() else {
                    return state.isStopped ? .some(nil) : nil
                }
                state.running += 1
                return job
            }
            guard case .some(.some(let job)) = next else { break }
            if !job.context.isCancelled { job.run() }
            state.withLock { $0.running -= 1 }
        }
        state.withLock { $0.threads -= 1 }
        state.broadcast()
    }
}
