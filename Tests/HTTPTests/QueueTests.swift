import HTTP
import Testing

/// The structures under the event loops and workers.
@Suite struct QueueTests {
    @Test(arguments: 1...10)
    func givesTimersInOrder(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let times = (0..<200).map { _ in Int64.random(in: 0..<100, using: &generator) }
        var heap = TimerHeap()
        for (number, time) in times.enumerated() {
            heap.insert(TimerHeap.Entry(time: time, slot: Int32(number), generation: 0))
        }
        let sorted = times.sorted()
        #expect(heap.earliest == sorted.first)
        var found: [Int64] = []
        while let entry = heap.pop(dueAt: 49) { found.append(entry.time) }
        #expect(found == sorted.filter { $0 <= 49 })
        heap.filter { $0.time % 2 == 0 }
        while let entry = heap.pop(dueAt: .max) { found.append(entry.time) }
        #expect(found == sorted.filter { $0 <= 49 || $0 % 2 == 0 })
        #expect(heap.count == 0)
        #expect(heap.earliest == .max)
    }

    @Test func keepsOrderWhileItGrowsAndWraps() {
        var ring = RingBuffer<Int>()
        var expected: [Int] = []
        for number in 0..<1000 {
            ring.append(number)
            expected.append(number)
            if number % 3 == 0 {
                let first = ring.popFirst()
                #expect(first == expected.removeFirst())
            }
        }
        ring.filter { $0 % 2 == 0 }
        expected.removeAll { $0 % 2 != 0 }
        #expect(ring.count == expected.count)
        while let number = ring.popFirst() { #expect(number == expected.removeFirst()) }
        #expect(ring.isEmpty && expected.isEmpty)
    }

    @Test func runsJobsInOrderAndNoMoreThanItHolds() {
        let gate = Gate<Bool>()
        let isStarted = Gate<Bool>()
        let order = Monitor<[Int]>([])
        let queue = WorkQueue(workers: 1, capacity: 3)
        let context = RequestContext()
        let isFirstIn = queue.enqueue(
            WorkQueue.Job(context: context) {
                isStarted.open(true)
                _ = gate.pass()
            })
        #expect(isFirstIn && isStarted.pass() == true)
        let cancelled = RequestContext()
        for number in 1...3 {
            let isIn = queue.enqueue(
                WorkQueue.Job(context: number == 2 ? cancelled : context) { order.withLock { $0.append(number) } })
            #expect(isIn)
        }
        let job = WorkQueue.Job(context: context) { order.withLock { $0.append(4) } }
        #expect(!queue.enqueue(job))
        // One that nobody wants any more makes room.
        cancelled.cancel(.clientLeft)
        #expect(queue.enqueue(job))
        queue.enqueueContinuation(WorkQueue.Job(context: context) { order.withLock { $0.append(0) } })
        #expect(queue.load.running == 1)
        gate.open(true)
        #expect(queue.stop(until: .max))
        #expect(order.withLock { $0 } == [0, 1, 3, 4])
        #expect(!queue.enqueue(job))
    }
}
