import Corpus
import Foundation
import PassageIndex
import Ranking
import Synchronization
import Testing

/// An error in the place of each write, sync, rename and commit in turn: nothing acknowledged is lost, nothing else seen.
@Suite struct FaultTests {
    /// Fails the operation of a given number and counts them all.
    private final class Countdown: Sendable {
        private let count = Atomic<Int>(0)
        let failing: Int
        let code: Int32

        init(failing: Int, code: Int32) {
            self.failing = failing
            self.code = code
        }

        var operations: Int { count.load(ordering: .sequentiallyConsistent) }

        func decide() -> Int32? {
            count.add(1, ordering: .sequentiallyConsistent).oldValue == failing ? code : nil
        }
    }

    /// Runs `work` with each of its operations failing in turn, then looks at what is left.
    private func failEach(
        _ code: Int32, make: (IndexFolder) throws -> Void, work: (IndexFolder) throws -> Void,
        check: (IndexFolder, _ succeeded: Bool) throws -> Void
    ) throws {
        var failing = 0
        while true {
            let scratch = try Scratch()
            let folder = try scratch.folder()
            try make(folder)
            let countdown = Countdown(failing: failing, code: code)
            Faults.arm(under: folder.path) { _, _ in countdown.decide() }
            defer { Faults.disarm(under: folder.path) }
            let succeeded: Bool
            do {
                try work(folder)
                succeeded = true
            } catch let error as IndexError {
                #expect(error.kind == .io, "\(error)")
                succeeded = false
            }
            Faults.disarm(under: folder.path)
            let report = folder.exists ? try IndexVerifier(folder).run() : nil
            #expect(report?.problems ?? [] == [], "operation \(failing)")
            try check(folder, succeeded)
            if countdown.operations <= failing { break }
            failing += 1
        }
        #expect(failing >= 4)
    }

    private func ids(_ folder: IndexFolder, models: ModelSet) throws -> Set<String> {
        try IndexReader(folder, models: models, readers: 1).withSnapshot { snapshot in
            Set(try (0..<40).compactMap { try snapshot.passage(id: "p\($0)")?.id })
        }
    }

    @Test(arguments: [EIO, ENOSPC]) func additions(code: Int32) throws {
        let models = try TestModels.tiny.get()
        let passages = TestPassages.random(8)
        try failEach(code) { folder in
            try IndexWriter.make(folder, Array(passages[..<4]), models: models)
        } work: { folder in
            let writer = try IndexWriter(folder, settings: IndexSettings(models: models), models: models)
            try writer.add(Array(passages[4...]))
            try writer.commit()
        } check: { folder, succeeded in
            let expected = succeeded ? passages : Array(passages[..<4])
            #expect(try ids(folder, models: models) == Set(expected.map(\.id)))
            // The next writer goes on as if nothing had been.
            try IndexWriter.make(folder, Array(passages[4...]), models: models)
            #expect(try ids(folder, models: models) == Set(passages.map(\.id)))
            #expect(try IndexVerifier(folder).run().problems == [])
        }
    }

    @Test func aWriterGoesOnAfterAFailedCommit() throws {
        let models = try TestModels.tiny.get()
        let scratch = try Scratch()
        let folder = try scratch.folder()
        let writer = try IndexWriter(folder, settings: IndexSettings(models: models), models: models)
        for operation in Faults.Operation.allCases {
            Faults.arm(under: folder.path) { $0 == operation && $1 != folder.settings + ".new" ? ENOSPC : nil }
            #expect(throws: IndexError.self) {
                try writer.add([Passage(id: "lost", text: "never seen")])
                try writer.commit()
            }
            Faults.disarm(under: folder.path)
            try writer.add([Passage(id: "kept-\(operation)", text: "seen")])
            try writer.commit()
        }
        let reader = try IndexReader(folder, models: models)
        #expect(try reader.statistics().passages == Faults.Operation.allCases.count)
        #expect(try reader.withSnapshot { try $0.passage(id: "lost") } == nil)
        withExtendedLifetime(writer) {}
    }

    @Test func merging() throws {
        let models = try TestModels.tiny.get()
        let passages = TestPassages.random(6)
        try failEach(EIO) { folder in
            let writer = try IndexWriter(folder, settings: IndexSettings(models: models), models: models)
            for passage in passages {
                try writer.add([passage])
                try writer.commit()
            }
            _ = try writer.delete(ids: ["p1"])
        } work: { folder in
            _ = try IndexWriter(maintaining: folder).compact()
        } check: { folder, succeeded in
            let left = try ids(folder, models: models)
            let segments = try IndexReader(folder, models: models).statistics().segments
            #expect(left == ["p0", "p2", "p3", "p4", "p5"])
            // The segment of the deleted passage went at once: nothing in it lived.
            #expect(segments == (succeeded ? 1 : 5))
        }
    }

    @Test func making() throws {
        try failEach(ENOSPC) { _ in
        } work: { folder in
            try IndexWriter.make(folder, TestPassages.few, models: TestModels.none)
        } check: { folder, succeeded in
            if !succeeded { try IndexWriter.make(folder, TestPassages.few, models: TestModels.none) }
            #expect(try IndexReader(folder, models: .none).statistics().passages == TestPassages.few.count)
        }
    }

    @Test func reindexing() throws {
        let models = try TestModels.tiny.get()
        let passages = TestPassages.random(6)
        try failEach(EIO) { folder in
            try IndexWriter.make(folder, passages, models: models)
        } work: { folder in
            try Reindexing(folder, models: models, codec: .float16).switchOver()
        } check: { folder, succeeded in
            #expect(try ids(folder, models: models) == Set(passages.map(\.id)))
            let codec = try IndexReader(folder, models: models).settings.codec
            #expect(!succeeded || codec == .float16)
            try Reindexing(folder, models: models, codec: .float16).switchOver()
            #expect(try IndexReader(folder, models: models).settings.codec == .float16)
            #expect(try IndexVerifier(folder).run().problems == [])
        }
    }
}
