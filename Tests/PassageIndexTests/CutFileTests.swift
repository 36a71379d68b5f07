import Corpus
import Foundation
import PassageIndex
import Ranking
import Testing

/// Files of an index that are cut short while it is open: an error, or the same answer as before; never other ones.
@Suite struct CutFileTests {
    private static let query = "word3 word17"

    private func answer(_ reader: IndexReader) throws -> [ScoredPassage] {
        try reader.withSnapshot { try $0.candidates(Self.query, limit: 20, bm25: BM25()) }
    }

    /// - Parameter size: what is left, or what is taken away where it is below 0.
    private func cut(_ path: String, to size: Int) throws -> Data {
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(truncate(path, off_t(size < 0 ? whole.count + size : min(size, whole.count))) == 0)
        return whole
    }

    /// Writes a file's bytes again where they were, so that it is the same file.
    private func mend(_ path: String, _ whole: Data) throws {
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.write(contentsOf: whole)
        try file.close()
    }

    @Test(arguments: [0, 64, 300, 4096, -100]) func tokenDataThatWereCutAreRefusedUntilTheyAreWhole(size: Int) throws {
        let models = try TestModels.tiny.get()
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try IndexWriter.make(folder, TestPassages.random(200), models: models)
        let reader = try IndexReader(folder, models: models)
        let model = try #require(models.colbert)
        let vectors = try #require(try model.colbert?.query(Self.query, model: model))
        func scores() throws -> [Float?] {
            try reader.withSnapshot {
                try $0.lateInteractionScores(Array(0..<200), query: vectors).map { $0?.score }
            }
        }
        let before = try scores()
        let path = folder.segment(0)
        let whole = try cut(path, to: size)
        for _ in 0..<2 {
            let error = #expect(throws: IndexError.self) { try scores() }
            #expect(error?.kind == .damaged)
        }
        try mend(path, whole)
        #expect(try scores() == before)
    }

    @Test(arguments: [0, 64, 300, 4096]) func postingsThatWereCutAreGivenUp(size: Int) throws {
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try IndexWriter.make(folder, TestPassages.random(3000), models: .none)
        try PostingsBuilder(folder).build()
        let reader = try IndexReader(folder, models: .none)
        let before = try answer(reader)
        #expect(try reader.withSnapshot { try $0.postingsState().state } == .ready)
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.derived).first)
        _ = try cut(folder.derived + "/" + name, to: size)
        #expect(try answer(reader) == before)
        let (state, problem) = try reader.withSnapshot { try $0.postingsState() }
        #expect(state == .damaged)
        #expect(problem?.contains(name) == true)
    }

    @Test(arguments: [0, 100, 4096, 5000, 40_000]) func aCatalogueThatWasCutIsRefusedUntilItIsWhole(size: Int) throws {
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try IndexWriter.make(folder, TestPassages.random(3000), models: .none)
        let reader = try IndexReader(folder, models: .none)
        let before = try answer(reader)
        let path = folder.path + "/catalogue.sqlite"
        let whole = try cut(path, to: size)
        for _ in 0..<3 {
            let error = #expect(throws: IndexError.self) { try answer(reader) }
            #expect(error?.kind == .damaged)
        }
        try mend(path, whole)
        #expect(try answer(reader) == before)
    }

    @Test func aPipeInAFilesPlaceIsNotWaitedFor() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try IndexWriter.make(folder, TestPassages.few, models: .none)
        try FileManager.default.removeItem(atPath: folder.settings)
        #expect(mkfifo(folder.settings, 0o600) == 0)
        // The catalogue has what counts.
        #expect(try answer(IndexReader(folder, models: .none)).isEmpty)
        try FileManager.default.removeItem(atPath: folder.path + "/catalogue.sqlite")
        let error = #expect(throws: IndexError.self) { try IndexReader(folder, models: .none) }
        #expect(error?.kind == .damaged)
    }
}
