import Corpus
import Foundation
import PassageIndex
import Ranking
import Testing

@Suite struct DurabilityTests {
    @Test func everyDamagedByteOfASegmentIsNoticed() throws {
        let models = try TestModels.small.get()
        let scratch = try Scratch()
        try IndexWriter.make(scratch.folder(), TestPassages.few, models: models)
        let path = try scratch.folder().segment(0)
        let sound = try Data(contentsOf: URL(fileURLWithPath: path))
        var state: UInt64 = 7
        for _ in 0..<300 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var damaged = sound
            damaged[Int(state >> 20) % sound.count] ^= UInt8(truncatingIfNeeded: state >> 50) | 1
            try damaged.write(to: URL(fileURLWithPath: path))
            #expect(try !IndexVerifier(scratch.folder()).run().isSound)
        }
        for length in [0, 1, 255, 256, sound.count / 2, sound.count - 1] {
            try sound.prefix(length).write(to: URL(fileURLWithPath: path))
            #expect(try !IndexVerifier(scratch.folder()).run().isSound)
        }
        try sound.write(to: URL(fileURLWithPath: path))
        #expect(try IndexVerifier(scratch.folder()).run().isSound)
    }

    @Test func aDamagedBlockIsAnErrorNeverAScore() throws {
        let models = try TestModels.small.get()
        let scratch = try Scratch()
        try IndexWriter.make(scratch.folder(), TestPassages.few, models: models)
        let path = try scratch.folder().segment(0)
        var content = try Data(contentsOf: URL(fileURLWithPath: path))
        content[600] ^= 0x40
        try content.write(to: URL(fileURLWithPath: path))
        let model = try #require(models.colbert)
        let vectors = try #require(try model.colbert?.query("network", model: model))
        let error = #expect(throws: IndexError.self) {
            try IndexReader(scratch.folder(), models: models).withSnapshot {
                try $0.lateInteractionScores([0], query: vectors)
            }
        }
        #expect(error?.kind == .damaged)
        #expect(error?.path == path)
    }

    @Test func uncommittedPassagesAreWhollyAbsent() throws {
        let models = try TestModels.small.get()
        let scratch = try Scratch()
        do {
            let writer = try IndexWriter(scratch.folder(), settings: IndexSettings(models: models), models: models)
            try writer.add(TestPassages.few)
        }
        #expect(try IndexReader(scratch.folder(), models: models).statistics().passages == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.folder().segments) == [])
    }

    @Test func orphansOfACrashAreRemovedAndNumbersGoOn() throws {
        let scratch = try Scratch()
        let models = try TestModels.small.get()
        try IndexWriter.make(scratch.folder(), TestPassages.few, models: models)
        let folder = try scratch.folder()
        for name in ["1.tokens", "2.tokens.new"] {
            try Data("left by a crash".utf8).write(to: URL(fileURLWithPath: folder.segments + "/" + name))
        }
        try IndexWriter.make(folder, [Passage(id: "more", text: "More text.")], models: models)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.segments).sorted()
        #expect(left == ["0.tokens", "1.tokens"])
        #expect(try IndexVerifier(folder).run().problems == [])
        let number = try IndexReader(folder, models: models).withSnapshot { try $0.passage(id: "more")?.number }
        #expect(number == 4)
    }

    @Test func aSecondWriterIsRefusedAndNamesTheFirst() throws {
        let (scratch, models) = (try Scratch(), TestModels.none)
        let first = try IndexWriter(scratch.folder(), settings: IndexSettings(models: models), models: models)
        let error = #expect(throws: IndexError.self) {
            try IndexWriter(scratch.folder(), settings: IndexSettings(models: models), models: models)
        }
        #expect(error?.kind == .locked)
        #expect(error?.description.contains("process \(getpid())") == true)
        withExtendedLifetime(first) {}
    }

    @Test func aReaderSeesWhatIsCommittedWhileItIsOpen() throws {
        let scratch = try Scratch()
        let models = try TestModels.small.get()
        let writer = try IndexWriter(scratch.folder(), settings: IndexSettings(models: models), models: models)
        try writer.add(Array(TestPassages.few.prefix(2)))
        try writer.commit()
        let reader = try IndexReader(scratch.folder(), models: models)
        #expect(try reader.statistics().passages == 2)
        try reader.withSnapshot { snapshot in
            try writer.add(Array(TestPassages.few.suffix(2)))
            try writer.commit()
            // The state that a search began with stays until its end.
            #expect(try snapshot.passageCount == 2)
        }
        #expect(try reader.statistics().passages == 4)
        #expect(
            try reader.withSnapshot { try $0.termScores([3], query: [TILDE.Term(piece: 1, weight: 1)]) }.first??.score
                == 0)
    }

    @Test(arguments: ["", ".", "..", "a/b", "../x", ".hidden", "a b", "é", String(repeating: "a", count: 65), "a\0b"])
    func namesOfIndexesAreNeverPaths(name: String) {
        #expect(throws: IndexError.self) { try IndexFolder(name: name, in: "/tmp") }
    }

    @Test func textsWithNULSurviveReplacement() throws {
        let (scratch, models) = (try Scratch(), TestModels.none)
        try IndexWriter.make(scratch.folder(), [Passage(id: "nul", text: "before\0after zebra")], models: models)
        try IndexWriter.make(scratch.folder(), [Passage(id: "nul", text: "new")], models: models)
        #expect(try IndexVerifier(scratch.folder()).run().problems == [])
    }
}
