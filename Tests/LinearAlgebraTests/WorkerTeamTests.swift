import Foundation
import LinearAlgebra
import Synchronization
import Testing

@Suite struct WorkerTeamTests {
    @Test(arguments: [1, 2, 3, 8], [0, 1, 2, 7, 1000])
    func everyTaskRunsExactlyOnce(threads: Int, tasks: Int) {
        let counts = Mutex([Int](repeating: 0, count: tasks))
        WorkerTeam(size: threads).perform(tasks: tasks) { task in counts.withLock { $0[task] += 1 } }
        #expect(counts.withLock { $0 } == [Int](repeating: 1, count: tasks))
    }

    @Test func sizeIsAtLeastOne() {
        #expect(WorkerTeam(size: 0).size == 1)
        #expect(WorkerTeam(size: -3).size == 1)
        #expect(WorkerTeam.shared.size >= 1)
    }

    /// Each lane writes its part, and after the barrier reads all parts.
    private func crossBarriers(_ team: WorkerTeam, maximumLanes: Int, rounds: Int) -> (lanes: Int, sums: [Int]) {
        let board = Matrix(rows: 1, columns: max(1, maximumLanes) + team.size)
        let seen = Mutex<(lanes: Int, runs: [Int], sums: [Int])>((0, [], []))
        team.cooperate(maximumLanes: maximumLanes) { lane in
            seen.withLock {
                $0.lanes = lane.count
                $0.runs.append(lane.index)
            }
            for round in 1...rounds {
                board.pointer[lane.index] = Float(round)
                lane.barrier()
                let sum = (0..<lane.count).reduce(Float(0)) { $0 + board.pointer[$1] }
                seen.withLock { $0.sums.append(Int(sum) - round * lane.count) }
                lane.barrier()
            }
        }
        let (lanes, runs, sums) = seen.withLock { $0 }
        #expect(runs.sorted() == Array(0..<lanes), "each lane once")
        #expect(sums.count == lanes * rounds)
        return (lanes, sums)
    }

    @Test(arguments: [1, 2, 4], [-1, 1, 2, 9])
    func lanesMeetAtEveryBarrier(threads: Int, maximumLanes: Int) {
        let team = WorkerTeam(size: threads)
        let (lanes, sums) = crossBarriers(team, maximumLanes: maximumLanes, rounds: 50)
        #expect(lanes >= 1 && lanes <= min(threads, max(1, maximumLanes)))
        #expect(sums.allSatisfy { $0 == 0 })
    }

    @Test func aCallerOfAnIdleTeamWorksToo() {
        let team = WorkerTeam(size: 2)
        let caller = ObjectIdentifier(Thread.current)
        let lanes = Mutex<[Int: Bool]>([:])
        team.cooperate(maximumLanes: 2) { lane in
            lanes.withLock { $0[lane.index] = ObjectIdentifier(Thread.current) == caller }
        }
        #expect(lanes.withLock { $0 } == [0: true, 1: false])
    }

    @Test func nestedCallsRunInline() {
        let team = WorkerTeam(size: 2)
        let count = Mutex(0)
        team.perform(tasks: 8) { _ in
            let caller = ObjectIdentifier(Thread.current)
            team.perform(tasks: 5) { _ in
                count.withLock { $0 += ObjectIdentifier(Thread.current) == caller ? 1 : 1000 }
            }
            team.cooperate(maximumLanes: 2) { lane in
                lane.barrier()
                count.withLock { $0 += lane.count == 1 && ObjectIdentifier(Thread.current) == caller ? 1 : 1000 }
            }
        }
        #expect(count.withLock { $0 } == 8 * 6)
        team.cooperate(maximumLanes: 2) { lane in
            team.perform(tasks: 3) { _ in count.withLock { $0 += 1 } }
            lane.barrier()
        }
        let lanes = (count.withLock { $0 } - 48) / 3
        #expect(lanes == 1 || lanes == 2)
    }

    @Test func oneTeamMayCallAnother() {
        let (outer, inner) = (WorkerTeam(size: 2), WorkerTeam(size: 2))
        let count = Mutex(0)
        outer.perform(tasks: 20) { _ in
            inner.perform(tasks: 10) { _ in count.withLock { $0 += 1 } }
            inner.cooperate(maximumLanes: 2) { lane in
                if lane.index == 0 { count.withLock { $0 += 1 } }
            }
            // A thread of the outer team still is one.
            outer.perform(tasks: 2) { _ in count.withLock { $0 += 1 } }
        }
        #expect(count.withLock { $0 } == 20 * 13)
    }

    @Test func manyCallersAtOnce() {
        let team = WorkerTeam(size: 3)
        let total = Mutex(0)
        let active = Mutex((now: 0, most: 0))
        @Sendable func working(_ body: () -> Void) {
            active.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            body()
            active.withLock { $0.now -= 1 }
        }
        let callers = 12
        let jobs = 250
        let finished = DispatchGroup()
        for caller in 0..<callers {
            finished.enter()
            Thread.detachNewThread {
                var random = SeededGenerator(UInt64(caller))
                for _ in 0..<jobs {
                    let size = Int.random(in: 1...6, using: &random)
                    if Bool.random(using: &random) {
                        team.perform(tasks: size) { _ in working { total.withLock { $0 += 60 / size } } }
                    } else {
                        let share = Mutex(0)
                        team.cooperate(maximumLanes: size) { lane in
                            working {
                                for _ in 0..<3 { lane.barrier() }
                                share.withLock { $0 += 60 / lane.count }
                                lane.barrier()
                            }
                        }
                        let sum = share.withLock { $0 }
                        total.withLock { $0 += sum }
                    }
                }
                finished.leave()
            }
        }
        #expect(finished.wait(timeout: .now() + 240) == .success, "a job never came back")
        #expect(total.withLock { $0 } == callers * jobs * 60)
        #expect(active.withLock { $0.most } <= team.size, "callers took places beyond the threads'")
    }

    @Test func cooperationGoesThroughWhileALongJobRuns() {
        let team = WorkerTeam(size: 2)
        let tasks = 1_000_000
        let (running, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let isOver = Flag()
        let count = Counter()
        Thread.detachNewThread {
            team.perform(tasks: tasks) { task in
                if task == 0 { running.signal() }
                guard !isOver.isSet else { return }
                Thread.sleep(forTimeInterval: 0.0002)
                count.increase()
            }
            done.signal()
        }
        running.wait()
        for _ in 0..<100 {
            let (lanes, sums) = crossBarriers(team, maximumLanes: 2, rounds: 3)
            #expect(lanes >= 1 && sums.allSatisfy { $0 == 0 })
        }
        #expect(count.value < tasks, "short jobs do not wait for the long one")
        isOver.set()
        #expect(done.wait(timeout: .now() + 120) == .success)
    }

    @Test func sharesCoverTheWholeOnce() {
        let team = WorkerTeam(size: 4)
        for (total, grain) in [(0, 1), (1, 1), (7, 1), (100, 16), (384, 16), (12, 5), (3, 8)] {
            let parts = Mutex<[Range<Int>]>([])
            team.cooperate(maximumLanes: 4) { lane in
                let part = lane.share(of: total, grain: grain)
                parts.withLock { $0.append(part) }
            }
            let all = parts.withLock { $0 }
            #expect(all.flatMap { $0 }.sorted() == Array(0..<total))
            #expect(all.allSatisfy { $0.lowerBound % grain == 0 || $0.isEmpty })
        }
        #expect(Lane.alone.share(of: 10, grain: 4) == 0..<10)
        #expect(Lane.alone.count == 1 && Lane.alone.index == 0)
        Lane.alone.barrier()
    }

    @Test func teamsComeAndGo() {
        for round in 0..<200 {
            let count = Mutex(0)
            WorkerTeam(size: 1 + round % 4).perform(tasks: 3) { _ in count.withLock { $0 += 1 } }
            #expect(count.withLock { $0 } == 3)
        }
    }
}

/// A flag that is set once and read by others.
private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}

private final class Counter: Sendable {
    private let count = Atomic(0)
    var value: Int { count.load(ordering: .relaxed) }
    func increase() { count.add(1, ordering: .relaxed) }
}
