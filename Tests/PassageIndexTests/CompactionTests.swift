import Corpus
import Foundation
import PassageIndex
import Ranking
import Testing

@Suite struct CompactionTests {
    /// An index of many small commits, with some passages replaced and some deleted.
    private func make(_ folder: IndexFolder, models: ModelSet, commits: Int = 12) throws -> IndexWriter {
        let writer = try IndexWriter(folder, settings: IndexSettings(models: models), models: models)
        writer.policy = nil
        for (number, passage) in TestPassages.random(commits * 2).enumerated() {
            try writer.add([passage])
            if number % 2 == 1 { try writer.commit() }
        }
        try writer.add([Passage(id: "p3", text: "replaced text of word1"), Passage(id: "p7", text: "again word2")])
        try writer.commit()
        try writer.delete(ids: ["p0", "p1", "p10", "absent"])
        return writer
    }

    /// What a search can see of every passage.
    private func contents(_ reader: IndexReader, model: RankingModel) throws -> [String: [Float]] {
        let query = try #require(try model.colbert?.query("word1 word5", model: model))
        let asked = try #require(model.tilde).queryTerms("word1 word5", tokenizer: model.tokenizer)
        return try reader.withSnapshot { snapshot in
            let found = try snapshot.candidates("word1 word2 word3 text again", limit: 1000, bm25: BM25()).map(\.number)
            let late = try snapshot.lateInteractionScores(found, query: query)
            let terms = try snapshot.termScores(found, query: asked)
            let ids = try snapshot.ids(found)
            var contents: [String: [Float]] = [:]
            for (index, number) in found.enumerated() {
                let window = try snapshot.terms(number, window: 0).map(\.weight)
                contents[ids[number] ?? "?"] = [late[index]?.score ?? .nan, terms[index]?.score ?? .nan] + window
            }
            return contents
        }
    }

    @Test func mergingChangesNoScoreAndDropsWhatIsDead() throws {
        let models = try TestModels.tiny.get()
        let model = try #require(models.colbert)
        let scratch = try Scratch()
        let folder = try scratch.folder()
        let writer = try make(folder, models: models)
        let reader = try IndexReader(folder, models: models)
        let before = try contents(reader, model: model)
        let statistics = try reader.statistics()
        #expect(statistics.segments == 13 && statistics.deadWindows == 5 && statistics.passages == 21)

        #expect(try writer.compact() == 13)
        #expect(before.count > 5)
        #expect(try contents(reader, model: model) == before)
        let after = try reader.statistics()
        #expect(after.segments == 1 && after.deadWindows == 0 && after.passages == 21)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.segments).count == 1)
        #expect(try writer.compact() == 0)

        try writer.add([Passage(id: "later", text: "word1 after the merge")])
        try writer.commit()
        #expect(try reader.statistics().passages == 22)
        withExtendedLifetime(writer) {}
    }

    @Test func aMergedIndexIsSoundAndHasNothingLeftOver() throws {
        let models = try TestModels.tiny.get()
        let scratch = try Scratch()
        do { try make(scratch.folder(), models: models).compact() }
        let report = try IndexVerifier(scratch.folder()).run()
        #expect(report.problems == [] && report.notes == [])
        #expect(report.passages == 21)
    }

    @Test func aSearchThatBeganBeforeAMergeEndsAfterIt() throws {
        let models = try TestModels.tiny.get()
        let model = try #require(models.colbert)
        let scratch = try Scratch()
        let writer = try make(scratch.folder(), models: models)
        let reader = try IndexReader(scratch.folder(), models: models)
        let query = try #require(try model.colbert?.query("word1", model: model))
        try reader.withSnapshot { snapshot in
            let found = try snapshot.candidates("word1 word2 word3", limit: 100, bm25: BM25()).map(\.number)
            let before = try snapshot.lateInteractionScores(found, query: query).map { $0?.score }
            try writer.compact()
            #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.folder().segments).count == 1)
            #expect(try snapshot.lateInteractionScores(found, query: query).map { $0?.score } == before)
            #expect(!before.isEmpty && before.allSatisfy { $0 != nil })
        }
    }

    @Test func readersNeverSeeAHalfMergedIndex() throws {
        let models = try TestModels.tiny.get()
        let scratch = try Scratch()
        let folder = try scratch.folder()
        let writer = try make(folder, models: models, commits: 4)
        let stop = Flag()
        let reading = DispatchQueue(label: "readers", attributes: .concurrent)
        let group = DispatchGroup()
        let failures = Failures()
        for _ in 0..<2 {
            reading.async(group: group) {
                while !stop.isSet {
                    do {
                        // A fresh reader has nothing mapped, so it meets files that are just going.
                        let statistics = try IndexReader(folder, models: models, readers: 1).statistics()
                        if statistics.passages < 6 { failures.note("\(statistics.passages) passages") }
                    } catch { failures.note("\(error)") }
                }
            }
        }
        for round in 0..<30 {
            try writer.add([Passage(id: "round\(round % 3)", text: "word1 of round \(round)")])
            try writer.commit()
            try writer.compact()
        }
        stop.set()
        group.wait()
        #expect(failures.all == [])
        withExtendedLifetime(writer) {}
    }

    @Test func manySmallCommitsAreMergedInTheBackground() throws {
        let models = try TestModels.tiny.get()
        let scratch = try Scratch()
        let writer = try IndexWriter(scratch.folder(), settings: IndexSettings(models: models), models: models)
        for passage in TestPassages.random(20) {
            try writer.add([passage])
            try writer.commit()
        }
        #expect(writer.summary.merged >= 16)
        #expect(try IndexReader(scratch.folder(), models: models).statistics().segments < 10)
        withExtendedLifetime(writer) {}
    }

    @Test func aDamagedSegmentIsNotMerged() throws {
        let models = try TestModels.tiny.get()
        let scratch = try Scratch()
        let folder = try scratch.folder()
        do { _ = try make(folder, models: models) }
        var content = try Data(contentsOf: URL(fileURLWithPath: folder.segment(3)))
        content[700] ^= 1
        try content.write(to: URL(fileURLWithPath: folder.segment(3)))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.segments).sorted()
        let error = #expect(throws: IndexError.self) { try IndexWriter(maintaining: folder).compact() }
        #expect(error?.kind == .damaged && error?.path == folder.segment(3))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.segments).sorted() == names)
    }

    @Test func maintenanceNeedsNoModelsAndAddsNothing() throws {
        let models = try TestModels.tiny.get()
        let scratch = try Scratch()
        do { _ = try make(scratch.folder(), models: models) }
        let writer = try IndexWriter(maintaining: scratch.folder())
        #expect(try writer.delete(ids: ["p2", "absent"]) == 1)
        #expect(throws: IndexError.self) { try writer.add([Passage(id: "x", text: "y")]) }
        #expect(throws: IndexError.self) { try IndexWriter(maintaining: scratch.folder("absent")) }
    }
}
