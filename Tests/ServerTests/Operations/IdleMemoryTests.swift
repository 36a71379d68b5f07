import Server
import Testing

@Suite struct IdleMemoryTests {
    /// A process' memory, and how often some of it was given back.
    private final class Memory {
        var bytes = 100 << 20
        var times = 0
    }

    private func look(_ memory: inout IdleMemory, _ times: Int, isBusy: Bool) {
        for _ in 0..<times { memory.look(isBusy: isBusy) }
    }

    @Test func itIsGivenBackOnceRequestsRest() {
        let process = Memory()
        var memory = IdleMemory {
            process.bytes
        } giveBack: {
            process.times += 1
            process.bytes = 120 << 20
        }
        look(&memory, 1000, isBusy: false)
        #expect(process.times == 0)

        process.bytes = 900 << 20
        look(&memory, 3, isBusy: true)
        look(&memory, IdleMemory.restingLooks - 1, isBusy: false)
        #expect(process.times == 0)
        // Work again, and the rest begins anew.
        look(&memory, 1, isBusy: true)
        look(&memory, IdleMemory.restingLooks - 1, isBusy: false)
        #expect(process.times == 0)
        look(&memory, 1000, isBusy: false)
        #expect(process.times == 1)
    }

    @Test func aLittleIsKept() {
        let process = Memory()
        var memory = IdleMemory {
            process.bytes
        } giveBack: {
            process.times += 1
        }
        // The first time everything there is counts.
        look(&memory, 1, isBusy: true)
        look(&memory, 1000, isBusy: false)
        #expect(process.times == 1)
        process.bytes += IdleMemory.keptBytes
        look(&memory, 1, isBusy: true)
        look(&memory, 1000, isBusy: false)
        #expect(process.times == 1)
        process.bytes += 1
        look(&memory, 1, isBusy: true)
        look(&memory, 1000, isBusy: false)
        #expect(process.times == 2)
    }
}
