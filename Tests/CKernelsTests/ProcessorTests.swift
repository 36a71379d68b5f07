import CKernels
import Foundation
import Testing

@Suite struct ProcessorTests {
    @Test func aThreadThatLeftMayStillRunEverywhere() {
        let allowed = ProcessInfo.processInfo.activeProcessorCount
        let here = pk_processor()
        pk_leave_processors([here], 1)
        #expect(ProcessInfo.processInfo.activeProcessorCount == allowed)
        #expect((here < 0) == (pk_processor() < 0))
    }

    @Test func processorsThatAreNoneChangeNothing() {
        let allowed = ProcessInfo.processInfo.activeProcessorCount
        pk_leave_processors([-1, .min, .max, 1024, 1 << 20], 5)
        pk_leave_processors([], 0)
        #expect(ProcessInfo.processInfo.activeProcessorCount == allowed)
    }

    @Test func aThreadStaysWhereNoProcessorIsLeft() {
        let allowed = ProcessInfo.processInfo.activeProcessorCount
        let all = (0..<Int32(1024)).map { $0 }
        pk_leave_processors(all, all.count)
        #expect(ProcessInfo.processInfo.activeProcessorCount == allowed)
    }
}
