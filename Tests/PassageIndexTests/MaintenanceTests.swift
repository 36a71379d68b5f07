import Corpus
import Foundation
import GRDB
import PassageIndex
import Ranking
import Testing

/// Backup, restore, reindexing, upgrade and read-only media.
@Suite struct MaintenanceTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    private func score(_ reader: IndexReader, _ query: String, model: RankingModel?) throws -> [Float?] {
        let model = try #require(model)
        let vectors = try #require(try model.colbert?.query(query, model: model))
        return try reader.withSnapshot { snapshot in
            let found = try snapshot.candidates("network files diagrams", limit: 10, bm25: BM25()).map(\.number)
            return try snapshot.lateInteractionScores(found, query: vectors).map { $0?.score }
        }
    }

    @Test(arguments: [false, true]) func aCopyOfALiveIndexIsWholeAndCanBePutBack(links: Bool) throws {
        let models = try TestModels.small.get()
        let scratch = try Scratch()
        let folder = try scratch.folder()
        let writer = try IndexWriter(folder, settings: IndexSettings(models: models), models: models)
        try writer.add(TestPassages.few)
        try writer.commit()
        let reader = try IndexReader(folder, models: models)
        let report = try IndexBackup.make(of: folder, at: scratch.path + "/copy", links: links)
        #expect(report.passages == 4 && report.segments == 1)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/copy").sorted() == [
                "catalogue.sqlite", "index.json", "segments",
            ])
        #expect(throws: IndexError.self) { try IndexBackup.make(of: folder, at: scratch.path + "/copy") }

        try writer.delete(ids: ["dia", "nmap"])
        try writer.compact()
        #expect(try reader.statistics().passages == 2)
        #expect(throws: IndexError.self) {
            try IndexBackup.restore(from: scratch.path + "/copy", as: folder, replaces: false)
        }
        // The index is being written, so nothing may take its place.
        let error = #expect(throws: IndexError.self) {
            try IndexBackup.restore(from: scratch.path + "/copy", as: folder, replaces: true)
        }
        #expect(error?.kind == .locked)
        withExtendedLifetime(writer) {}
    }

    @Test func anOpenReaderGoesOnWithTheRestoredIndex() throws {
        let models = try TestModels.small.get()
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try IndexWriter.make(folder, TestPassages.few, models: models)
        let reader = try IndexReader(folder, models: models)
        let before = try score(reader, "network", model: models.colbert)
        _ = try IndexBackup.make(of: folder, at: scratch.path + "/copy")
        do { try IndexWriter(maintaining: folder).delete(ids: ["dia", "nmap"]) }
        #expect(try reader.statistics().passages == 2)
        _ = try IndexBackup.restore(from: scratch.path + "/copy", as: folder, replaces: true)
        #expect(try reader.statistics().passages == 4)
        #expect(try score(reader, "network", model: models.colbert) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted() == ["copy", "demo"])
        // A copy may also become an index of another name.
        _ = try IndexBackup.restore(from: scratch.path + "/copy", as: scratch.folder("other"), replaces: false)
        #expect(IndexFolder.names(in: scratch.path) == ["copy", "demo", "other"])
    }

    @Test func aDamagedCopyIsNotRestored() throws {
        let models = try TestModels.small.get()
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try IndexWriter.make(folder, TestPassages.few, models: models)
        _ = try IndexBackup.make(of: folder, at: scratch.path + "/copy")
        let segment = IndexFolder(path: scratch.path + "/copy").segment(0)
        var content = try Data(contentsOf: URL(fileURLWithPath: segment))
        content[900] ^= 4
        try content.write(to: URL(fileURLWithPath: segment))
        do { try IndexWriter(maintaining: folder).delete(ids: ["dia"]) }
        let error = #expect(throws: IndexError.self) {
            try IndexBackup.restore(from: scratch.path + "/copy", as: folder, replaces: true)
        }
        #expect(error?.kind == .damaged)
        #expect(try IndexReader(folder, models: models).statistics().passages == 3)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted() == ["copy", "demo"])
    }

    @Test func reindexingSwitchesModelsInOneStep() throws {
        let (small, tiny) = (try TestModels.small.get(), try TestModels.tiny.get())
        let scratch = try Scratch()
        let (folder, fresh) = (try scratch.folder(), try scratch.folder("fresh"))
        let passages = TestPassages.few + TestPassages.random(20)
        try IndexWriter.make(folder, passages, models: small)
        do { try IndexWriter(maintaining: folder).delete(ids: ["p3"]) }
        let reader = try IndexReader(folder, models: small)
        let reindexing = try Reindexing(folder, models: tiny)
        #expect(!reindexing.isResumed && reindexing.total == 23)
        reindexing.passagesPerCommit = 7
        #expect(try reindexing.step())
        // Until the switch the old token data answer.
        #expect(try score(reader, "network", model: small.colbert).contains { $0 != nil })
        try reindexing.switchOver()
        let error = #expect(throws: IndexError.self) { try reader.withSnapshot { _ in } }
        #expect(error?.kind == .mismatch)

        try IndexWriter.make(fresh, passages, models: tiny)
        do { try IndexWriter(maintaining: fresh).delete(ids: ["p3"]) }
        let switched = try IndexReader(folder, models: tiny)
        let expected = try score(IndexReader(fresh, models: tiny), "network", model: tiny.colbert)
        let found = try score(switched, "network", model: tiny.colbert)
        #expect(found.count == expected.count && !found.isEmpty)
        for (left, right) in zip(found, expected) { #expect(abs((left ?? .nan) - (right ?? .nan)) < 1e-3) }
        withExtendedLifetime(reindexing) {}
    }

    @Test func anInterruptedReindexingGoesOnAndMindsWhatChangedMeanwhile() throws {
        let (small, tiny) = (try TestModels.small.get(), try TestModels.tiny.get())
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try IndexWriter.make(folder, TestPassages.random(20), models: small)
        do {
            let reindexing = try Reindexing(folder, models: tiny)
            reindexing.passagesPerCommit = 8
            #expect(try reindexing.step())
        }
        #expect(try IndexVerifier(folder).run().problems == [])
        do {
            let writer = try IndexWriter(folder, settings: IndexSettings(models: small), models: small)
            try writer.add([Passage(id: "p1", text: "replaced"), Passage(id: "new", text: "added meanwhile")])
            try writer.commit()
            try writer.delete(ids: ["p2", "p15"])
            try writer.compact()
        }
        do {
            let reindexing = try Reindexing(folder, models: tiny)
            #expect(reindexing.isResumed && reindexing.done == 6)
            try reindexing.switchOver()
        }
        let report = try IndexVerifier(folder).run()
        #expect(report.problems == [] && report.notes == [] && report.passages == 19)
        let statistics = try IndexReader(folder, models: tiny).statistics()
        #expect(statistics.windows >= 19 && statistics.deadWindows > 0)
        // Another end than the interrupted one's begins anew.
        _ = try Reindexing(folder, models: small)
        #expect(try !Reindexing(folder, models: tiny, codec: .float16).isResumed)
        #expect(try IndexVerifier(folder).run().problems == [])
    }

    private func older(_ format: Int, _ name: String = "demo", in scratch: Scratch) throws -> IndexFolder {
        let folder = try scratch.folder(name)
        try FileManager.default.copyItem(
            atPath: Self.root.appendingPathComponent("Formats/\(format)/\(name)").path, toPath: folder.path)
        return folder
    }

    @Test(arguments: [1, 2, 3]) func anOlderFormatIsRefusedAndUpgraded(format: Int) throws {
        let tiny = try TestModels.tiny.get()
        let scratch = try Scratch()
        let folder = try older(format, in: scratch)
        let error = #expect(throws: IndexError.self) { try IndexReader(folder, models: tiny) }
        #expect(error?.kind == .mismatch && error?.message.contains("passerine upgrade --index demo") == true)
        #expect(error?.message.contains("has format \(format) and") == true)
        #expect(try FormatUpgrade.run(folder) == format)
        #expect(try FormatUpgrade.run(folder) == IndexSettings.currentFormat)
        let report = try IndexVerifier(folder).run()
        #expect(report.problems == [] && report.passages == 4)
        let statistics = try IndexReader(folder, models: tiny).statistics()
        #expect(statistics.passages == 4 && statistics.deadWindows > 0)
        try IndexReader(folder, models: tiny).withSnapshot { snapshot in
            let text = try snapshot.passage(id: "dia")?.text
            #expect(text == "Dia draws structured diagrams such as flow charts and network plans.")
            let found = try snapshot.candidates("networks", limit: 10, bm25: BM25())
            #expect(found.count == 2)
            let tagged = try snapshot.passages(matching: MetadataFilter(["tags": "files"]))
            #expect(tagged?.count == (format == 1 ? 0 : 2))
        }
        do { try IndexWriter(maintaining: folder).compact() }
        #expect(try IndexVerifier(folder).run().problems == [])
    }

    /// Each step of an upgrade fails in turn; the next one comes to the end.
    @Test(arguments: [1, 2, 3]) func anInterruptedUpgradeIsDoneAgain(format: Int) throws {
        // What has checksums stays in its file.
        for operation in format == 3 ? [Faults.Operation.commit] : [.commit, .sync, .rename] {
            let scratch = try Scratch()
            let folder = try older(format, in: scratch)
            Faults.arm(under: folder.path) { $0 == operation && $1.hasPrefix(folder.catalogue) ? EIO : nil }
            #expect(throws: IndexError.self) { try FormatUpgrade.run(folder) }
            Faults.disarm(under: folder.path)
            let error = #expect(throws: IndexError.self) { try IndexReader(folder, models: .none) }
            #expect(error?.message.contains("passerine upgrade --index demo") == true, "\(operation)")
            _ = try IndexWriter(maintaining: folder)
            #expect(try FormatUpgrade.run(folder) == IndexSettings.currentFormat)
            #expect(try IndexVerifier(folder).run().problems == [])
        }
    }

    @Test(arguments: [2, 3]) func aCatalogueThatIsInUseIsNotUpgradedUnderItsUser(format: Int) throws {
        let scratch = try Scratch()
        let folder = try older(format, in: scratch)
        // A server of an older build, which knows no checksums and reads through the log.
        let older = try DatabasePool(path: "file:\(folder.catalogue)?vfs=unix")
        #expect(try older.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM passages") } == 4)
        let error = #expect(throws: IndexError.self) { try FormatUpgrade.run(folder) }
        #expect(
            error?.message.contains("another process has it open") == true || error?.message.contains("locked") == true)
        #expect(try older.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM passages") } == 4)
        try older.close()
        #expect(try FormatUpgrade.run(folder) == format)
        #expect(try IndexVerifier(folder).run().problems == [])
    }

    /// Format 3 had other terms: what it took for several words, and did not find, is a word once it is upgraded.
    @Test func anUpgradeMakesTheTermsAnew() throws {
        let scratch = try Scratch()
        let folder = try older(3, "cjk", in: scratch)
        // Postings of the old terms must not be read on.
        let postings = try Data(contentsOf: URL(fileURLWithPath: folder.derived + "/postings-1"))
        #expect(try FormatUpgrade.run(folder) == 3)
        for leavesPostings in [false, true] {
            if leavesPostings {
                try FileManager.default.createDirectory(atPath: folder.derived, withIntermediateDirectories: true)
                try postings.write(to: URL(fileURLWithPath: folder.derived + "/postings-1"))
            }
            for (query, id) in [("がっこう", "ja"), ("東京", "ja"), ("connection", "shy"), ("हिन्दी", "hi")] {
                let found = try IndexReader(folder, models: .none).withSnapshot { snapshot in
                    let numbers = try snapshot.candidates(query, limit: 10, bm25: BM25()).map(\.number)
                    return try snapshot.passages(numbers).values.map(\.id)
                }
                #expect(found == [id], "\(query)")
            }
        }
        #expect(try IndexVerifier(folder).run().problems == [])
        // One that lost its settings file.
        let other = try Scratch()
        let lost = try older(3, "cjk", in: other)
        unlink(lost.settings)
        try IndexWriter.make(lost, [Passage(id: "more", text: "more")], models: .none)
        #expect(try IndexReader(lost, models: .none).statistics().passages == 4)
        #expect(try IndexVerifier(lost).run().problems == [])
    }

    @Test func aNewerFormatIsRefused() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try IndexWriter.make(folder, TestPassages.few, models: TestModels.none)
        let text = try String(contentsOfFile: folder.settings, encoding: .utf8)
        try text.replacingOccurrences(of: "\"format\" : \(IndexSettings.currentFormat)", with: "\"format\" : 99")
            .write(toFile: folder.settings, atomically: true, encoding: .utf8)
        let error = #expect(throws: IndexError.self) { try IndexReader(folder, models: .none) }
        #expect(error?.message.contains("newer passerine") == true)
    }

    @Test func aLostOrDamagedSettingsFileIsWrittenAgain() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try IndexWriter.make(folder, TestPassages.few, models: TestModels.none)
        let sound = try Data(contentsOf: URL(fileURLWithPath: folder.settings))
        unlink(folder.settings)
        try IndexWriter.make(folder, [Passage(id: "more", text: "more")], models: TestModels.none)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.settings)) == sound)
        try Data("{".utf8).write(to: URL(fileURLWithPath: folder.settings))
        #expect(try IndexReader(folder, models: .none).statistics().passages == 5)
        do { _ = try IndexWriter(maintaining: folder) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.settings)) == sound)
    }

    @Test func aLostCatalogueIsSaidSoAndNotMadeAnew() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try IndexWriter.make(folder, TestPassages.few, models: TestModels.none)
        for suffix in ["", "-wal", "-shm"] { unlink(folder.catalogue + suffix) }
        for attempt in 0..<3 {
            let error = #expect(throws: IndexError.self) {
                switch attempt {
                case 0: _ = try IndexWriter(maintaining: folder)
                case 1: _ = try FormatUpgrade.run(folder)
                default: _ = try IndexReader(folder, models: .none)
                }
            }
            #expect(error?.kind == .damaged)
            #expect(!FileManager.default.fileExists(atPath: folder.catalogue))
        }
        #expect(try !IndexVerifier(folder).run().isSound)
        #expect(!FileManager.default.fileExists(atPath: folder.catalogue))
    }

    @Test func progressIsCommittedWithThePassages() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder()
        let input = scratch.path + "/corpus.tsv"
        try Data("a\tone\nb\ttwo\nc\tthree\n".utf8).write(to: URL(fileURLWithPath: input))
        let reader = try CorpusReader(paths: [input])
        let fingerprint = try reader.fingerprint()
        do {
            let writer = try IndexWriter(folder, settings: IndexSettings(models: .none), models: .none)
            #expect(try writer.progress(of: fingerprint) == nil)
            guard case .passage(let passage, _)? = reader.next() else {
                Issue.record("no passage")
                return
            }
            try writer.add([passage])
            let progress = InputProgress(fingerprint: fingerprint, position: reader.position, passages: 1)
            Faults.arm(under: folder.path) { operation, _ in operation == .commit ? EIO : nil }
            #expect(throws: IndexError.self) { try writer.commit(progress: progress) }
            Faults.disarm(under: folder.path)
            #expect(try writer.progress(of: fingerprint) == nil)
            try writer.add([passage])
            try writer.commit(progress: progress)
        }
        let writer = try IndexWriter(maintaining: folder)
        let known = try #require(try writer.progress(of: fingerprint))
        #expect(known.position == CorpusPosition(file: 0, lines: 1) && known.passages == 1 && !known.isDone)
        #expect(try writer.progress(of: fingerprint, format: .jsonl) == nil)
        try Data("a\tone\nb\ttwo\nc\tthree\nd\tfour\n".utf8).write(to: URL(fileURLWithPath: input))
        #expect(try writer.progress(of: CorpusReader(paths: [input]).fingerprint()) == nil)
    }
}
