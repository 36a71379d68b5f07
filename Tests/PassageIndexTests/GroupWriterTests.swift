import Corpus
import Foundation
import PassageIndex
import Ranking
import Synchronization
import Testing

@Suite struct GroupWriterTests {
    private func lexical(_ folder: IndexFolder, limits: GroupWriter.Limits = GroupWriter.Limits()) throws -> GroupWriter
    {
        try GroupWriter(limits: limits) {
            try IndexWriter(folder, settings: IndexSettings(models: .none), models: .none)
        }
    }

    @Test func everyAcknowledgedPassageIsThereAndGroupsShareCommits() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder()
        let writer = try lexical(folder)
        let failures = Failures()
        let reader = try IndexReader(folder, models: .none)
        DispatchQueue.concurrentPerform(iterations: 16) { client in
            for number in 0..<20 {
                do {
                    let id = "c\(client)-\(number)"
                    let receipt = try writer.perform(
                        .add([Passage(id: id, text: "text \(number) of client \(client)")]))
                    if receipt != GroupWriter.Receipt(added: 1, found: [false]) { failures.note("\(receipt)") }
                    // What is acknowledged is visible to everybody.
                    if try reader.withSnapshot({ try $0.passage(id: id) }) == nil {
                        failures.note("\(id) is not there")
                    }
                } catch { failures.note("\(error)") }
            }
        }
        writer.close()
        #expect(failures.all == [])
        #expect(try reader.statistics().passages == 320)
        #expect(try IndexVerifier(folder).run().problems == [])
    }

    @Test func receiptsTellWhatEachChangeDid() throws {
        let scratch = try Scratch()
        let writer = try lexical(scratch.folder())
        defer { writer.close() }
        let first = try writer.perform(.add([Passage(id: "a", text: "one"), Passage(id: "b", text: "two")]))
        #expect(first.added == 2 && first.replaced == 0)
        let second = try writer.perform(.add([Passage(id: "b", text: "three"), Passage(id: "b", text: "four")]))
        #expect(second.added == 2 && second.replaced == 2)
        #expect(try writer.perform(.delete(ids: ["a", "x"])).deleted == 1)
        let text = try IndexReader(scratch.folder(), models: .none).withSnapshot { try $0.passage(id: "b")?.text }
        #expect(text == "four")
    }

    @Test func ordersOfChangesAreKept() throws {
        let scratch = try Scratch()
        let writer = try lexical(scratch.folder())
        let receipts = Mutex<[GroupWriter.Receipt]>([])
        for change in [
            GroupWriter.Change.add([Passage(id: "a", text: "one")]), .delete(ids: ["a"]),
            .add([Passage(id: "a", text: "two")]), .delete(ids: ["a"]), .delete(ids: ["a"]),
        ] {
            try writer.submit(change) { result in
                if let receipt = try? result.get() { receipts.withLock { $0.append(receipt) } }
            }
        }
        writer.close()
        #expect(receipts.withLock { $0.map(\.deleted) } == [0, 1, 0, 1, 0])
        #expect(try IndexReader(scratch.folder(), models: .none).statistics().passages == 0)
    }

    @Test func whatIsTooMuchOrNoPassageIsRefusedAtOnce() throws {
        let scratch = try Scratch()
        var limits = GroupWriter.Limits()
        limits.changes = 2
        let writer = try lexical(scratch.folder(), limits: limits)
        #expect(throws: PassageError.self) { try writer.perform(.add([Passage(id: "", text: "no id")])) }
        var refusals = 0
        for number in 0..<2000 {
            do {
                try writer.submit(.add([Passage(id: "p\(number)", text: "text")])) { _ in }
            } catch let error as IndexError where error.kind == .busy {
                refusals += 1
            }
        }
        writer.close()
        #expect(refusals > 0)
        #expect(throws: IndexError.self) { try writer.perform(.delete(ids: ["x"])) }
        let passages = try IndexReader(scratch.folder(), models: .none).statistics().passages
        #expect(passages == 2000 - refusals)
    }

    @Test func aFailedCommitFailsItsGroupAndNoOther() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder()
        let writer = try lexical(folder)
        defer { writer.close() }
        Faults.arm(under: folder.path) { operation, _ in operation == .commit ? ENOSPC : nil }
        let error = #expect(throws: IndexError.self) { try writer.perform(.add([Passage(id: "a", text: "one")])) }
        #expect(error?.kind == .io)
        Faults.disarm(under: folder.path)
        _ = try writer.perform(.add([Passage(id: "b", text: "two")]))
        let reader = try IndexReader(folder, models: .none)
        #expect(try reader.withSnapshot { try $0.passage(id: "a") } == nil)
        #expect(try reader.statistics().passages == 1)
    }

    @Test func anIndexThatCannotBeOpenedIsSaidSo() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder()
        let first = try IndexWriter(folder, settings: IndexSettings(models: .none), models: .none)
        let error = #expect(throws: IndexError.self) { _ = try lexical(folder) }
        #expect(error?.kind == .locked)
        withExtendedLifetime(first) {}
    }
}
