import CKernels
import Foundation
import Synchronization

/// The fixed team of threads that all model math runs on, one a core.
///
/// Work comes in two kinds. `perform(tasks:)` hands out many independent tasks, one at a time, so that a long job
/// (indexing) never holds a thread for longer than one task. `cooperate` runs one short job on as many *idle* threads
/// as there are, which then work in step through `Lane.barrier()`; such jobs go first, since a person waits for them. Its
/// caller takes one of these threads' places where one is idle: a wake-up less, and one thread less to find a core for.
/// Both block the caller until the work is done, and both run inline when called from a thread that works for the team.
public final class WorkerTeam: Sendable {
    /// The team of this process, with one thread for each core that the process may use.
    public static let shared = WorkerTeam(size: ProcessInfo.processInfo.activeProcessorCount)

    /// Number of threads.
    public let size: Int
    private let core: Core

    /// Starts `size` threads (at least one).
    public init(size: Int) {
        self.size = max(1, size)
        core = Core(size: self.size)
        for number in 0..<self.size {
            let core = core
            let thread = Thread { core.work() }
            thread.name = "passerine-\(number)"
            thread.stackSize = 4 << 20
            thread.start()
        }
    }

    deinit { core.stop() }

    /// Calls `body` with 0, 1, ... `tasks - 1`, on any thread of the team and in any order; returns when all are done.
    public func perform(tasks: Int, _ body: @Sendable (Int) -> Void) {
        guard tasks > 0 else { return }
        if core.isTeamThread {
            for task in 0..<tasks { body(task) }
            return
        }
        withoutActuallyEscaping(body) { body in
            core.run(Job(tasks: tasks, cooperates: false) { task, _ in body(task) })
        }
    }

    /// Runs `body` once on each of 1 to `maximumLanes` threads at the same time; returns when all are done.
    public func cooperate(maximumLanes: Int, _ body: @Sendable (Lane) -> Void) {
        let lanes = min(max(1, maximumLanes), size)
        if core.isTeamThread {
            body(Lane(index: 0, barrier: Barrier(count: 1)))
            return
        }
        withoutActuallyEscaping(body) { body in
            core.run(
                Job(tasks: lanes, cooperates: true) { index, barrier in body(Lane(index: index, barrier: barrier)) })
        }
    }
}

/// One thread's part in a job of `WorkerTeam.cooperate`.
public struct Lane: Sendable {
    /// 0 up to `count - 1`.
    public let index: Int
    fileprivate let meeting: Barrier

    fileprivate init(index: Int, barrier: Barrier) {
        self.index = index
        meeting = barrier
        barrier.spread(index)
    }

    /// A lane that works alone.
    public static var alone: Lane { Lane(index: 0, barrier: Barrier(count: 1)) }

    /// Number of lanes that work on the job.
    public var count: Int { meeting.count }

    /// Waits until all lanes of the job have come here.
    public func barrier() { meeting.wait(lane: index) }

    /// This lane's share of `total` things, in whole multiples of `grain` but for the last.
    public func share(of total: Int, grain: Int = 1) -> Range<Int> {
        let grains = (total + grain - 1) / grain
        let first = min(total, grains * index / count * grain)
        let last = min(total, grains * (index + 1) / count * grain)
        return first..<last
    }
}

/// A meeting point for threads that all run: it spins, since the wait is shorter than a sleep and a wake-up.
///
/// Threads that are woken together are at times put on one processor while another has nothing to do, and the system
/// leaves them there for tens of milliseconds. So they look where the others are, and move.
private final class Barrier: Sendable {
    /// Looks before the processor is given up, a fraction of a millisecond. What is given up goes to another program
    /// for milliseconds where one wants it, and the lane that was waited for then waits itself: a query beside a busy
    /// program took 94 ms instead of 4 when lanes gave up after microseconds.
    static let patience = 64 * 2048

    let count: Int
    private let arrived = Atomic<Int>(0)
    private let phase = Atomic<Int>(0)
    /// The processor that each lane was on when it was last seen.
    private let processors: Mutex<[Int32]>

    init(count: Int) {
        self.count = count
        processors = Mutex(count > 1 ? [Int32](repeating: -1, count: count) : [])
    }

    func wait(lane: Int) {
        guard count > 1 else { return }
        let current = phase.load(ordering: .relaxed)
        if arrived.add(1, ordering: .acquiringAndReleasing).newValue == count {
            arrived.store(0, ordering: .relaxed)
            phase.store(current + 1, ordering: .releasing)
            return
        }
        var spins = 0
        while phase.load(ordering: .acquiring) == current {
            spins += 1
            guard spins % 2048 == 0 else { continue }
            spread(lane)
            if spins % Barrier.patience == 0 { sched_yield() }
        }
    }

    /// Moves the calling thread, that of a lane, where another lane is on its processor.
    func spread(_ lane: Int) {
        guard count > 1 else { return }
        let others = processors.withLock { processors in
            processors[lane] = pk_processor()
            let others = processors.enumerated().filter { $0.offset != lane }.map(\.element)
            return processors[lane] >= 0 && others.contains(processors[lane]) ? others : []
        }
        guard !others.isEmpty else { return }
        pk_leave_processors(others, others.count)
        processors.withLock { $0[lane] = pk_processor() }
    }
}

/// Work in the queue. `@unchecked`: all mutable state is touched under the core's lock.
private final class Job: @unchecked Sendable {
    let tasks: Int
    let cooperates: Bool
    /// Given up with the last task: the closure belongs to a caller who goes on as soon as `done` is signalled.
    private var body: (@Sendable (Int, Barrier) -> Void)?
    let done = DispatchSemaphore(value: 0)
    var next = 0
    var running = 0
    var barrier = Barrier(count: 1)

    init(tasks: Int, cooperates: Bool, body: @escaping @Sendable (Int, Barrier) -> Void) {
        self.tasks = tasks
        self.cooperates = cooperates
        self.body = body
    }

    /// Fixes the lanes of a cooperative job, with the lock held.
    func start(lanes: Int) {
        barrier = Barrier(count: lanes)
        next = tasks
        running = lanes
    }

    /// Runs one task. Not inlined, so that a thread's hold on `body` has ended when the call returns.
    @inline(never)
    func run(_ index: Int, _ barrier: Barrier) { body?(index, barrier) }

    /// Counts one task as done, with the lock held.
    func finishTask() {
        running -= 1
        guard running == 0 && next == tasks else { return }
        body = nil
        done.signal()
    }
}

/// What the threads share. `@unchecked`: all mutable state is touched under `condition`'s lock.
private final class Core: @unchecked Sendable {
    private static let marker = "passerine.worker-team"
    private let condition = NSCondition()
    private var cooperative: [Job] = []
    private var divisible: [Job] = []
    /// Lanes of a cooperative job that idle threads have been promised to, taken before anything else.
    private var seats: [(job: Job, lane: Int)] = []
    private let size: Int
    /// Tasks and lanes that run or have a seat; never more than `size`. A caller that runs a lane keeps a thread of the
    /// team from working meanwhile.
    private var busy = 0
    private var stopped = false

    init(size: Int) { self.size = size }

    var isTeamThread: Bool {
        Thread.current.threadDictionary[Core.marker] as? ObjectIdentifier == ObjectIdentifier(self)
    }

    func run(_ job: Job) {
        condition.lock()
        // Not before those that wait for a place.
        if job.cooperates && busy < size && cooperative.isEmpty {
            seat(job)
            condition.unlock()
            runFirstLane(job)
        } else {
            if job.cooperates { cooperative.append(job) } else { divisible.append(job) }
            if job.cooperates { condition.signal() } else { condition.broadcast() }
            condition.unlock()
        }
        job.done.wait()
    }

    /// The caller's own part of a cooperative job.
    private func runFirstLane(_ job: Job) {
        let marks = Thread.current.threadDictionary
        // It may be a thread of another team.
        let before = marks[Core.marker]
        marks[Core.marker] = ObjectIdentifier(self)
        job.run(0, job.barrier)
        marks[Core.marker] = before
        condition.lock()
        finish(job)
        // What came in meanwhile may have found no place.
        if !cooperative.isEmpty || !divisible.isEmpty { condition.signal() }
        condition.unlock()
    }

    func stop() {
        condition.lock()
        stopped = true
        condition.broadcast()
        condition.unlock()
    }

    /// A thread's life: take work, do it, look again.
    func work() {
        Thread.current.threadDictionary[Core.marker] = ObjectIdentifier(self)
        condition.lock()
        while true {
            if let (job, index) = take() {
                let barrier = job.barrier
                condition.unlock()
                job.run(index, barrier)
                condition.lock()
                finish(job)
            } else if stopped {
                break
            } else {
                condition.wait()
            }
        }
        condition.unlock()
    }

    private func finish(_ job: Job) {
        busy -= 1
        job.finishTask()
    }

    /// Gives a cooperative job all places that are free, one of them the calling thread's, with the lock held.
    ///
    /// A thread that has no task either sleeps or is about to look for one, so every lane is sure to come to the barrier.
    private func seat(_ job: Job) {
        let lanes = min(job.tasks, size - busy)
        busy += lanes
        job.start(lanes: lanes)
        for lane in 1..<lanes {
            seats.append((job, lane))
            condition.signal()
        }
    }

    /// The next piece of work, with the lock held.
    private func take() -> (Job, Int)? {
        if let seat = seats.popLast() { return (seat.job, seat.lane) }
        guard busy < size else { return nil }
        if !cooperative.isEmpty {
            let job = cooperative.removeFirst()
            seat(job)
            return (job, 0)
        }
        guard let job = divisible.first else { return nil }
        busy += 1
        let task = job.next
        job.next += 1
        job.running += 1
        if job.next == job.tasks { divisible.removeFirst() }
        return (job, task)
    }
}
