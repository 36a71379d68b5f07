import CEpoll
import Glibc

/// A bounded queue of jobs and a fixed number of threads which run them; jobs that may wait have threads of their own.
package final class WorkQueue: Sendable {
    /// One handler's run, or one piece of a streamed body.
    package struct Job: Sendable {
        let context: RequestContext
        /// Whether it may wait for something else than a processor, so that it is no worker's.
        let waits: Bool
        /// Whether that may be its client, as of a handler that reads its request's body while it comes.
        let awaitsClient: Bool
        let run: @Sendable () -> Void

        package init(
            context: RequestContext, waits: Bool = false, awaitsClient: Bool = false,
            run: @escaping @Sendable () -> Void
        ) {
            self.context = context
            self.waits = waits || awaitsClient
            self.awaitsClient = awaitsClient
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
    private let patient: PatientThreads

    /// Starts `workers` threads; at most `capacity` jobs wait. Jobs that may wait are run by up to `patientThreads` others,
    /// and have a queue of the same length.
    package init(workers: Int, capacity: Int, patientThreads: Int = 256) {
        self.capacity = max(capacity, 1)
        patient = PatientThreads(limit: patientThreads, capacity: capacity)
        for number in 0..<max(workers, 1) {
            let started = Thread.start(name: "http-worker-\(number)") { [state] in WorkQueue.work(state) }
            if started { state.withLock { $0.threads += 1 } }
        }
    }

    /// Adds a job, unless the queue is full of jobs that are still wanted; then false.
    package func enqueue(_ job: Job) -> Bool {
        if job.waits { return patient.enqueue(job) }
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
        let (waiting, running) = patient.load
        return state.withLock { (waiting + $0.jobs.count + $0.continuations.count, running + $0.running) }
    }

    /// Lets the threads end, once they have run what waits, and waits for that until a monotonic time.
    /// - Returns: whether all have ended; one whose job does not return cannot be ended.
    package func stop(until deadline: Int64) -> Bool {
        state.withLock { $0.isStopped = true }
        state.broadcast()
        let havePatientEnded = patient.stop(until: deadline)
        return (state.wait(until: deadline) { $0.threads == 0 ? true : nil } ?? false) && havePatientEnded
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
