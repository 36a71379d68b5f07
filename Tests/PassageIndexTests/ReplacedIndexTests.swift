import Corpus
import Foundation
import GRDB
import PassageIndex
import Ranking
import Testing

/// Folders and files that somebody moves, copies and deletes while an index is open.
@Suite struct ReplacedIndexTests {
    private func passage(_ id: String) -> Passage { Passage(id: id, text: "a lamp for \(id)") }

    private func make(_ folder: IndexFolder, _ ids: String...) throws {
        try IndexWriter.make(folder, ids.map(passage), models: .none)
    }

    private func group(_ folder: IndexFolder) throws -> GroupWriter {
        try GroupWriter {
            try IndexWriter(folder, settings: IndexSettings(models: .none), models: .none, expecting: .existing)
        }
    }

    private func ids(_ folder: IndexFolder, _ asked: [String]) throws -> [String] {
        let reader = try IndexReader(folder, models: .none)
        return try reader.withSnapshot { snapshot in try asked.filter { try snapshot.passage(id: $0) != nil } }
    }

    private func move(_ folder: IndexFolder, to other: IndexFolder) throws {
        try FileManager.default.moveItem(atPath: folder.path, toPath: other.path)
    }

    @Test func whatIsAcknowledgedAfterASwapIsInTheFolderThatIsThere() throws {
        let scratch = try Scratch()
        let (folder, copy, away) = (try scratch.folder(), try scratch.folder("copy"), try scratch.folder("away"))
        try make(folder, "old")
        try FileManager.default.copyItem(atPath: folder.path, toPath: copy.path)
        let writer = try group(folder)
        _ = try writer.perform(.add([passage("before")]))
        try move(folder, to: away)
        try move(copy, to: folder)
        let receipt = try writer.perform(.add([passage("after"), passage("old")]))
        // What was there is told of the folder that was written to.
        #expect(receipt.found == [false, true])
        writer.close()
        #expect(try ids(folder, ["old", "before", "after"]) == ["old", "after"])
        #expect(try ids(away, ["old", "before", "after"]) == ["old", "before"])
        for sound in [folder, away] { #expect(try IndexVerifier(sound).run().problems == []) }
    }

    /// What a search finds missing where the index was dropped under it is no damage of the one that is asked for.
    @Test func whatADropTakesAwayUnderASearchIsNoDamage() throws {
        let scratch = try Scratch()
        let (folder, copy) = (try scratch.folder(), try scratch.folder("copy"))
        try make(folder, "old")
        try make(copy, "new")
        let reader = try IndexReader(folder, models: .none)
        var looks = 0
        let found = try reader.withSnapshot { snapshot in
            looks += 1
            guard looks > 1 else {
                try move(folder, to: scratch.folder("away"))
                try move(copy, to: folder)
                throw IndexError(.damaged, folder.segment(0), "cannot be opened")
            }
            return try snapshot.passage(id: "new")?.id
        }
        #expect(found == "new" && looks == 2)
        let error = #expect(throws: IndexError.self) {
            try reader.withSnapshot { _ in
                try move(folder, to: scratch.folder("dropped"))
                throw IndexError(.damaged, folder.segment(0), "cannot be opened")
            }
        }
        #expect(error?.kind == .missing)
    }

    @Test func nothingIsAcknowledgedOrMadeWhereTheFolderIsGone() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try make(folder, "old")
        let writer = try group(folder)
        try move(folder, to: scratch.folder("away"))
        let error = #expect(throws: IndexError.self) { try writer.perform(.add([passage("lost")])) }
        #expect(error?.kind == .missing)
        writer.close()
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }

    @Test func aSearchIsToldThatTheIndexIsGoneAndNotOfDamage() throws {
        let (scratch, models) = (try Scratch(), try TestModels.tiny.get())
        let folder = try scratch.folder()
        try IndexWriter.make(folder, [passage("old")], models: models)
        let reader = try IndexReader(folder, models: models)
        try IndexWriter.make(folder, [passage("new")], models: models)
        // The reader has yet to open the new passage's segment.
        try move(folder, to: scratch.folder("away"))
        let error = #expect(throws: IndexError.self) { try reader.withSnapshot { _ in } }
        #expect(error?.kind == .missing)
    }

    @Test func aCommitOfItsOwnSaysThatTheIndexWasReplaced() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try make(folder, "old")
        let writer = try IndexWriter(folder, settings: IndexSettings(models: .none), models: .none)
        try writer.add([passage("new")])
        try move(folder, to: scratch.folder("away"))
        try make(folder, "other")
        let error = #expect(throws: IndexError.self) { try writer.commit() }
        #expect(error?.kind == .replaced)
        #expect(try ids(folder, ["old", "new", "other"]) == ["other"])
        // The lock that it has is that of another folder.
        _ = try IndexWriter(maintaining: folder)
    }

    /// Copies, cuts and deletions of what stands beside the catalogue; `nil` deletes the file.
    @Test(arguments: [("-wal", nil), ("-shm", nil), ("-shm", 0), ("-shm", 100), ("-shm", 5000)] as [(String, Int?)])
    func nothingAcknowledgedIsLostWithTheCataloguesCompanions(suffix: String, size: Int?) throws {
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try make(folder, "old")
        let writer = try group(folder)
        var acknowledged = ["old"]
        func add(_ id: String) {
            if (try? writer.perform(.add([passage(id)]))) != nil { acknowledged.append(id) }
        }
        add("before")
        do {
            let reader = try IndexReader(folder, models: .none)
            let look = { try reader.withSnapshot { try $0.passage(id: "before") != nil } }
            #expect(try look())
            let path = folder.path + "/catalogue.sqlite" + suffix
            if let size {
                #expect(truncate(path, off_t(size)) == 0)
            } else {
                try FileManager.default.removeItem(atPath: path)
            }
            // An answer is right or refused, whatever was cut.
            for _ in 0..<3 {
                do {
                    #expect(try look())
                } catch let error as IndexError {
                    #expect(error.kind == .replaced || error.kind == .busy, "\(error)")
                }
                add("during")
            }
        }
        writer.close()
        #expect(try ids(folder, acknowledged) == acknowledged)
        #expect(try IndexVerifier(folder).run().problems == [])
    }

    @Test func aLogThatWasCutTakesNothingMore() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try make(folder, "old")
        let writer = try IndexWriter(folder, settings: IndexSettings(models: .none), models: .none)
        try writer.add([passage("before")])
        try writer.commit()
        #expect(truncate(folder.path + "/catalogue.sqlite-wal", 0) == 0)
        try writer.add([passage("behind the gap")])
        #expect(throws: IndexError.self) { try writer.commit() }
    }

    @Test func anIndexIsMadeOnceAndOpenedOnlyWhereItIs() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder()
        let settings = IndexSettings(models: .none)
        let missing = #expect(throws: IndexError.self) {
            try IndexWriter(folder, settings: settings, models: .none, expecting: .existing)
        }
        #expect(missing?.kind == .missing)
        #expect(!FileManager.default.fileExists(atPath: folder.path))
        _ = try IndexWriter(folder, settings: settings, models: .none, expecting: .absent)
        let taken = #expect(throws: IndexError.self) {
            try IndexWriter(folder, settings: settings, models: .none, expecting: .absent)
        }
        #expect(taken?.kind == .exists)
        _ = try IndexWriter(folder, settings: settings, models: .none, expecting: .existing)
    }

    @Test func theFolderOfAllIndexesMustBeThere() throws {
        let scratch = try Scratch()
        let (nowhere, file) = (scratch.path + "/none", scratch.path + "/file")
        try Data().write(to: URL(fileURLWithPath: file))
        for path in [nowhere, file] {
            #expect(throws: IndexError.self) { try IndexFolder.names(in: path) }
            #expect(throws: IndexError.self) { try IndexFolder.check(indexes: path) }
        }
        try IndexFolder.check(indexes: scratch.path)
        try make(scratch.folder("notes"), "a")
        #expect(try IndexFolder.names(in: scratch.path) == ["notes"])
    }
}
