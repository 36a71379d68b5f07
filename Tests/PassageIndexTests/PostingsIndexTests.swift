import Corpus
import Foundation
import PassageIndex
import Ranking
import Testing

/// Candidates by way of postings against scoring every passage that the full-text index has.
@Suite struct PostingsIndexTests {
    private static let queries = [
        "word3", "word1 word40", "word7 word7 word59 word2", "absent", "word0 word1 word2 word3 word4 word5",
        "word59 absent",
        (0..<60).map { "word\($0)" }.joined(separator: " "),
    ]

    private func write(_ scratch: Scratch, _ passages: [Passage]) throws -> IndexWriter {
        let writer = try IndexWriter(
            scratch.folder(), settings: IndexSettings(models: TestModels.none), models: TestModels.none)
        try writer.add(passages)
        try writer.commit()
        return writer
    }

    private func expectEqualAnswers(_ reader: IndexReader, _ state: PostingsState = .ready) throws {
        try reader.withSnapshot { snapshot in
            for query in Self.queries {
                for bm25 in [BM25(), BM25(k1: 1.2, b: 0.75), BM25(k1: 0, b: 0)] {
                    for limit in [1, 10, 10_000] {
                        let found = try snapshot.candidates(query, limit: limit, bm25: bm25)
                        #expect(try found == snapshot.exhaustiveCandidates(query, limit: limit, bm25: bm25))
                    }
                }
            }
            #expect(try snapshot.postingsState().state == state)
        }
    }

    @Test func answersEqualScoringEverythingThroughAdditionsAndRemovals() throws {
        let scratch = try Scratch()
        let writer = try write(scratch, TestPassages.random(3000))
        let summary = try PostingsBuilder(scratch.folder()).build()
        #expect(summary.passages == 3000)
        #expect(summary.terms == 60)
        let reader = try IndexReader(scratch.folder(), models: TestModels.none)
        try expectEqualAnswers(reader)

        // New ones, and new texts under the ids p0 to p199.
        let later = TestPassages.random(500, seed: 2)
        try writer.add(later[..<200] + later[200...].map { Passage(id: "new-" + $0.id, text: $0.text + " word60") })
        try writer.commit()
        try expectEqualAnswers(reader)
        try writer.delete(ids: (150..<400).map { "p\($0)" } + ["new-p300", "new-p301"])
        try expectEqualAnswers(reader)
        try writer.add([Passage(id: "last", text: "word1 word1 word40")])
        try writer.commit()
        try expectEqualAnswers(reader)
        // A reader that begins here has the same to tell.
        try expectEqualAnswers(IndexReader(scratch.folder(), models: TestModels.none))

        #expect(try PostingsBuilder(scratch.folder()).build().passages == reader.statistics().passages)
        try expectEqualAnswers(reader)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.folder().derived).count == 1)
    }

    @Test func explanationsAddUpToTheScore() throws {
        let scratch = try Scratch()
        let writer = try write(scratch, TestPassages.random(500))
        func explanations() throws -> [[Double]] {
            try IndexReader(scratch.folder(), models: TestModels.none).withSnapshot { snapshot in
                try snapshot.candidates("word1 word1 word30 absent", limit: 20, bm25: BM25()).map { hit in
                    let terms = try snapshot.explainTerms(
                        "word1 word1 word30 absent", passage: hit.number, bm25: BM25())
                    #expect(terms.map(\.term) == ["absent", "word1", "word30"])
                    #expect(terms.reduce(0) { $0 + $1.score } == hit.score)
                    return terms.flatMap { [Double($0.count), Double($0.passages), $0.score] }
                }
            }
        }
        let before = try explanations()
        #expect(before.count == 20)
        try PostingsBuilder(scratch.folder()).build()
        #expect(try explanations() == before)
        try writer.add([Passage(id: "more", text: "word1 word30")])
        try writer.commit()
        #expect(try explanations() != before)
    }

    @Test func withoutPostingsEveryPassageIsScored() throws {
        let scratch = try Scratch()
        _ = try write(scratch, TestPassages.random(300))
        try expectEqualAnswers(IndexReader(scratch.folder(), models: TestModels.none), .missing)
    }

    @Test func aDamagedFileIsNeverBelieved() throws {
        let scratch = try Scratch()
        _ = try write(scratch, TestPassages.random(2000))
        try PostingsBuilder(scratch.folder()).build()
        let folder = try scratch.folder()
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.derived).first)
        let path = folder.derived + "/" + name
        let sound = try Data(contentsOf: URL(fileURLWithPath: path))
        var state: UInt64 = 11
        for round in 0..<60 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var damaged = sound
            if round < 50 {
                damaged[Int(state >> 20) % sound.count] ^= UInt8(truncatingIfNeeded: state >> 50) | 1
            } else {
                damaged = sound.prefix(
                    [0, 7, 255, 256, 300, sound.count / 2, sound.count - 4, sound.count - 1][round % 8])
            }
            try damaged.write(to: URL(fileURLWithPath: path))
            let reader = try IndexReader(folder, models: TestModels.none)
            try reader.withSnapshot { snapshot in
                for query in Self.queries {
                    #expect(
                        try snapshot.candidates(query, limit: 50, bm25: BM25())
                            == snapshot.exhaustiveCandidates(query, limit: 50, bm25: BM25()))
                }
                let (state, problem) = try snapshot.postingsState()
                // A byte that no query touched may be the damaged one.
                #expect(state == .ready || state == .damaged && problem?.contains(path) == true)
                #expect(FileManager.default.fileExists(atPath: path) == (state == .ready))
            }
        }
        try PostingsBuilder(folder).build()
        try expectEqualAnswers(IndexReader(folder, models: TestModels.none))
    }

    @Test func postingsOfAnotherHistoryAreNotUsed() throws {
        let (scratch, other) = (try Scratch(), try Scratch())
        _ = try write(scratch, TestPassages.random(400, seed: 3))
        _ = try write(other, TestPassages.random(400, seed: 4))
        try PostingsBuilder(other.folder()).build()
        try FileManager.default.copyItem(atPath: other.folder().derived, toPath: scratch.folder().derived)
        try expectEqualAnswers(IndexReader(scratch.folder(), models: TestModels.none), .stale)
    }

    @Test func missingPostingsAreBuiltInTheBackground() throws {
        let scratch = try Scratch()
        _ = try write(scratch, TestPassages.random(300))
        let reader = try IndexReader(scratch.folder(), models: TestModels.none, maintainsPostings: true)
        func state() throws -> PostingsState { try reader.withSnapshot { try $0.postingsState().state } }
        let start = ContinuousClock.now
        while try state() != .ready, .now - start < .seconds(60) { usleep(20_000) }
        try expectEqualAnswers(reader)
    }
}
