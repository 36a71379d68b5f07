import Corpus
import Foundation
import JSON
import PassageIndex
import Ranking
import Testing

/// A flipped byte in any file of an index is an error, or changes no answer.
///
/// Every 211th byte is flipped; with `PASSERINE_EVERY_BYTE=n` in the environment every nth (`make test-crash`: all).
@Suite struct FlippedByteTests {
    private static let step = ProcessInfo.processInfo.environment["PASSERINE_EVERY_BYTE"].flatMap { Int($0) }
        .map { max(1, $0) }
    private static let names = ["index.json", "catalogue.sqlite", "catalogue.sqlite-wal"]

    /// What searches of an index say, in full.
    private struct Answers: Equatable {
        var passages: Int
        var found: [[ScoredPassage]]
        var exhaustive: [[ScoredPassage]]
        var filtered: [[Int]?]
        var texts: [String]
        var scores: [Float?]

        init(_ folder: IndexFolder, models: ModelSet) throws {
            let reader = try IndexReader(folder, models: models, readers: 1)
            self = try reader.withSnapshot { try Answers($0, models: models) }
        }

        private init(_ snapshot: IndexSnapshot, models: ModelSet) throws {
            let queries = ["network word3 word7", "files word1 word59", "word12", "absent"]
            passages = try snapshot.passageCount
            found = try queries.map { try snapshot.candidates($0, limit: 50, bm25: BM25()) }
            exhaustive = try queries.map { try snapshot.exhaustiveCandidates($0, limit: 50, bm25: BM25()) }
            let filters: [JSONValue] = [["section": "net"], ["tags": "x"], ["undeclared": 3]]
            filtered = try filters.map { try snapshot.passages(matching: MetadataFilter($0))?.numbers }
            let numbers = Array(0..<60)
            let passages = try snapshot.passages(numbers)
            texts = numbers.compactMap { passages[$0].map { "\($0)" } }
            texts += try ["nmap", "p3", "gone"].map { "\(try snapshot.passage(id: $0)?.number ?? -1)" }
            scores = try snapshot.termScores(numbers, query: (40...43).map { TILDE.Term(piece: $0, weight: 1) }).map {
                $0?.score
            }
            if let model = models.colbert, let query = try model.colbert?.query("network files", model: model) {
                scores += try snapshot.lateInteractionScores(numbers, query: query).map { $0?.score }
            }
        }
    }

    /// The files of an index, by their names in its folder.
    private func files(_ folder: IndexFolder) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in Self.names + (try FileManager.default.subpathsOfDirectory(atPath: folder.path)) {
            var isFolder = ObjCBool(false)
            let path = folder.path + "/" + name
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
                !name.hasSuffix("-shm"), !name.hasSuffix(".lock")
            else { continue }
            files[name] = try Data(contentsOf: URL(fileURLWithPath: path))
        }
        return files
    }

    private func write(_ files: [String: Data], to folder: IndexFolder) throws {
        try? FileManager.default.removeItem(atPath: folder.path)
        for part in [folder.segments, folder.derived] {
            try FileManager.default.createDirectory(atPath: part, withIntermediateDirectories: true)
        }
        for (name, content) in files { try content.write(to: URL(fileURLWithPath: folder.path + "/" + name)) }
    }

    /// Size and time of the last change of every file, by which a check that has changed one is noticed.
    private func marks(_ folder: IndexFolder, of files: [String: Data]) -> [String: [Int]] {
        var marks: [String: [Int]] = [:]
        for name in files.keys {
            var status = stat()
            guard lstat(folder.path + "/" + name, &status) == 0 else { continue }
            marks[name] = [Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
        }
        return marks
    }

    private func overwrite(_ byte: UInt8, at offset: Int, of path: String) throws {
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: [byte])
        try file.close()
    }

    /// Lets `check` look at the index with one byte of each file changed in turn; says in how many cases it noticed.
    private func flipEach(
        _ files: [String: Data], in scratch: Scratch, check: (IndexFolder, _ name: String, _ offset: Int) throws -> Bool
    ) throws -> (flips: Int, noticed: Int) {
        var state: UInt64 = 11
        var counts = (flips: 0, noticed: 0)
        let folder = try scratch.folder("flipped")
        try write(files, to: folder)
        for (name, content) in files.sorted(by: { $0.key < $1.key }) {
            let path = folder.path + "/" + name
            for (offset, byte) in content.enumerated() where offset % (Self.step ?? 211) == 0 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                // Single bits and whole bytes in turn.
                let change = offset % 2 == 0 ? 1 << UInt8(state >> 61) : UInt8(truncatingIfNeeded: state >> 50) | 1
                try overwrite(byte ^ change, at: offset, of: path)
                let before = marks(folder, of: files)
                counts.flips += 1
                counts.noticed += try check(folder, name, offset) ? 1 : 0
                // Damaged postings are deleted, and a log may have been copied.
                if marks(folder, of: files) == before {
                    try overwrite(byte, at: offset, of: path)
                    unlink(folder.catalogue + "-shm")
                    if files["catalogue.sqlite-wal"] == nil { unlink(folder.catalogue + "-wal") }
                } else {
                    try write(files, to: folder)
                }
            }
        }
        return counts
    }

    private func makeIndex(_ folder: IndexFolder, models: ModelSet) throws -> IndexWriter {
        let settings = IndexSettings(models: models, fields: ["section", "tags"])
        let writer = try IndexWriter(folder, settings: settings, models: models)
        let metadata: [[CodePoints: JSONValue]] = [["section": "net"], ["tags": ["x", 1]], ["undeclared": 3], [:]]
        let random = TestPassages.random(40).enumerated().map {
            Passage(id: $1.id, text: $1.text, metadata: metadata[$0 % 4])
        }
        try writer.add(TestPassages.few + random[..<20])
        try writer.commit()
        try PostingsBuilder(folder).build()
        try writer.add(
            Array(random[20...]) + [Passage(id: "p3", text: "replaced word3"), Passage(id: "gone", text: "word7")])
        try writer.commit()
        try writer.delete(ids: ["gone", "p5"])
        return writer
    }

    private func expectNoWrongAnswer(_ files: [String: Data], in scratch: Scratch, models: ModelSet) throws {
        try write(files, to: scratch.folder("flipped"))
        let sound = try Answers(scratch.folder("flipped"), models: models)
        #expect(sound.passages == 43 && !sound.found[0].isEmpty && sound.scores.contains { $0 ?? 0 > 0 })
        let counts = try flipEach(files, in: scratch) { folder, name, offset in
            do {
                let answers = try Answers(folder, models: models)
                #expect(answers == sound, "\(name), byte \(offset)")
                return false
            } catch let error as IndexError {
                #expect(error.path.hasPrefix(folder.path), "\(name), byte \(offset): \(error)")
                return true
            }
        }
        #expect(counts.noticed > counts.flips / 4, "\(counts)")
        print("\(counts.flips) flipped bytes: \(counts.noticed) noticed by a search, the others without effect")
    }

    @Test func anIndexAtRest() throws {
        let (scratch, models) = (try Scratch(), try TestModels.tiny.get())
        do { _ = try makeIndex(scratch.folder(), models: models) }
        let files = try files(scratch.folder())
        #expect(files["catalogue.sqlite-wal"] == nil && files.keys.contains { $0.hasPrefix("derived/postings") })
        try expectNoWrongAnswer(files, in: scratch, models: models)
    }

    /// As a crash leaves it: everything in the log, or a part of it copied into the database already.
    @Test(arguments: [false, true]) func anIndexWithALog(isCheckpointed: Bool) throws {
        let (scratch, models) = (try Scratch(), try TestModels.tiny.get())
        let writer = try makeIndex(scratch.folder(), models: models)
        if isCheckpointed { try writer.optimizeFullText() }
        let files = try files(scratch.folder())
        #expect(files["catalogue.sqlite-wal"]?.count ?? 0 > 100_000)
        withExtendedLifetime(writer) {}
        try expectNoWrongAnswer(files, in: scratch, models: models)
    }

    @Test func verificationNoticesEveryByteOfTheCatalogue() throws {
        let scratch = try Scratch()
        do { _ = try makeIndex(scratch.folder(), models: TestModels.none) }
        let files = try files(scratch.folder()).filter { !$0.key.hasPrefix("derived") }
        let catalogue = try #require(files["catalogue.sqlite"])
        let others = files.filter { $0.key != "catalogue.sqlite" }
        let folder = try scratch.folder("flipped")
        for offset in stride(from: 0, to: catalogue.count, by: Self.step ?? 1009) {
            var flipped = catalogue
            flipped[offset] ^= 0x10
            try write(others.merging(["catalogue.sqlite": flipped]) { $1 }, to: folder)
            #expect(try IndexVerifier(folder).run().problems.contains { $0.contains("page \(offset / 4096 + 1) ") })
        }
    }

    @Test func aDamagedPageIsNamedWithWhatToDo() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder()
        do { _ = try makeIndex(folder, models: TestModels.none) }
        var content = try Data(contentsOf: URL(fileURLWithPath: folder.catalogue))
        // A text, wherever it stands.
        let place = try #require(content.range(of: Data("Recovers deleted photos".utf8)))
        content[place.lowerBound] ^= 2
        try content.write(to: URL(fileURLWithPath: folder.catalogue))
        let error = #expect(throws: IndexError.self) {
            try IndexReader(folder, models: .none).withSnapshot { try $0.passages([3]) }
        }
        #expect(error?.kind == .damaged && error?.path == folder.catalogue)
        #expect(error?.message.hasPrefix("page \(place.lowerBound / 4096 + 1) fails its checksum") == true)
        #expect(error?.message.contains("restore the index from a backup") == true)
        // Nor is it written elsewhere as if it were sound.
        let changing = #expect(throws: IndexError.self) {
            try IndexWriter(maintaining: folder).delete(ids: ["photorec"])
        }
        #expect(changing?.kind == .damaged)
        #expect(throws: IndexError.self) { try IndexBackup.make(of: folder, at: scratch.path + "/copy") }
    }

    @Test func aCatalogueCutShortIsNoticed() throws {
        let (scratch, models) = (try Scratch(), TestModels.none)
        do { _ = try makeIndex(scratch.folder(), models: models) }
        var files = try files(scratch.folder())
        let content = try #require(files["catalogue.sqlite"])
        let sound = try Answers(scratch.folder(), models: models)
        let folder = try scratch.folder("flipped")
        for length in [0, 1, 99, 4095, 4096, 8192, content.count / 2, content.count - 4096, content.count - 1] {
            files["catalogue.sqlite"] = content.prefix(length)
            try write(files, to: folder)
            #expect(try !IndexVerifier(folder).run().isSound, "\(length) bytes")
            if let answers = try? Answers(folder, models: models) { #expect(answers == sound, "\(length) bytes") }
        }
    }
}
