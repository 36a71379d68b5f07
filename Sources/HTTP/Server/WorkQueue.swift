import CEpoll
import Glibc

/// A bounded queue of jobs and a fixed number of threads which run them.
package final class WorkQueue: Sendable {
    /// One handler's run, or one piece of a streamed body.
    package struct Job: Sendable {
        let context: RequestContext
        /// Whether it may wait for its client, as a handler does that reads its request's body.
        let awaitsClient: Bool
        let run: @Sendable () -> Void

        package init(context: RequestContext, awaitsClient: Bool = false, run: @escaping @Sendable () -> Void) {
            self.context = context
            self.awaitsClient = awaitsClient
            self.run = run
        }
    }

    private struct State {
        var jobs = RingBuffer<(arrival: UInt64, job: Job)>()
        /// Those that may wait for their clients, of which some workers are kept free.
        var patientJobs = RingBuffer<(arrival: UInt64, job: Job)>()
        var arrivals: UInt64 = 0
        /// Pieces of responses that have begun; they go first, and one connection has at most one.
        var continuations = RingBuffer<Job>()
        var running = 0
        var runningPatient = 0
        var threads = 0
        var isStopped = false

        var waiting: Int { jobs.count + patientJobs.count }

        mutating func append(_ job: Job) {
            arrivals += 1
            if job.awaitsClient { patientJobs.append((arrivals, job)) } else { jobs.append((arrivals, job)) }
        }

        /// The job that came first among those that may run now.
        mutating func next(patientLimit: Int) -> Job? {
            if let continuation = continuations.popFirst() { return continuation }
            guard let patient = patientJobs.first, runningPatient < patientLimit else { return jobs.popFirst()?.job }
            if let other = jobs.first, other.arrival < patient.arrival { return jobs.popFirst()?.job }
            return patientJobs.popFirst()?.job
        }
    }

    package let capacity: Int
    /// Of `capacity`, what jobs that may wait for their clients can take; slow clients must not fill the queue.
    private let patientCapacity: Int
    private let state = Monitor(State())

    /// Starts `workers` threads; at most `capacity` jobs wait. Jobs that may wait for their clients have at most half of
    /// the queue's places and of the workers (one, where there is but one), so that slow clients leave the others to
    /// everyone else.
    package init(workers: Int, capacity: Int) {
        self.capacity = max(capacity, 1)
        patientCapacity = max(capacity / 2, 1)
        let patientLimit = max(workers / 2, 1)
        for number in 0..<max(workers, 1) {
            let started = Thread.start(name: "http-worker-\(number)") { [state] in
                WorkQueue.work(state, patientLimit)
            }
            if started { state.withLock { $0.threads += 1 } }
        }
    }

    /// Adds a job, unless the queue is full of jobs that are still wanted; then false.
    package func enqueue(_ job: Job) -> Bool {
        let isAdded = state.withLock { state in
            guard !state.isStopped, state.threads > 0 else { return false }
            func isFull() -> Bool {
                state.waiting >= capacity || (job.awaitsClient && state.patientJobs.count >= patientCapacity)
            }
            if isFull() {
                state.jobs.filter { !$0.job.context.isCancelled }
                state.patientJobs.filter { !$0.job.context.isCancelled }
            }
            guard !isFull() else { return false }
            state.append(job)
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
        state.withLock { ($0.waiting + $0.continuations.count, $0.running) }
    }

    /// Lets the threads end, once they have run what waits, and waits for that until a monotonic time.
    /// - Returns: whether all have ended; one whose job does not return cannot be ended.
    package func stop(until deadline: Int64) -> Bool {
        state.withLock { $0.isStopped = true }
        state.broadcast()
        return state.wait(until: deadline) { $0.threads == 0 ? true : nil } ?? false
    }

    private static func work(_ state: Monitor<State>, _ patientLimit: Int) {
        while true {
            let next = state.wait { state -> Job?? in
                guard let job = state.next(patientLimit: patientLimit) else {
                    // Patient jobs that are left will be run by the workers which run others of their kind.
                    return state.isStopped ? .some(nil) : nil
                }
                state.running += 1
                if job.awaitsClient { state.runningPatient += 1 }
                return job
            }
            guard case .some(.some(let job)) = next else { break }
            if !job.context.isCancelled { job.run() }
            state.withLock { state in
                state.running -= 1
                if job.awaitsClient { state.runningPatient -= 1 }
            }
            // This worker may take another job next, and leave the one which this made room for to one that sleeps.
            if job.awaitsClient { state.signal() }
        }
        state.withLock { $0.threads -= 1 }
        state.broadcast()
    }
}
