import Corpus
import Foundation
import HTTP
import PassageIndex
import Ranking
import Search
import Server
import Synchronization
import Testing

@Suite struct IndexRegistryTests {
    private struct Failure: Error {}

    private func source(_ server: RunningServer, fails: Bool = false) -> IndexSource {
        IndexSource(folder: server.path) { folder in
            if fails { throw Failure() }
            return try SearchEngine(reader: IndexReader(folder, models: .none), models: .none)
        } models: {
            .none
        }
    }

    @Test func aFaultyConfigurationChangesNothing() throws {
        let server = try RunningServer()
        func engine() throws -> SearchEngine { try server.registry.withEngine("demo") { $0 } }
        let before = try engine()
        let failures = server.registry.reload(source(server, fails: true))
        #expect(failures.map(\.name) == ["demo"] && failures.first?.error is Failure)
        #expect(try engine() === before)
        #expect(server.registry.reload(source(server)).isEmpty)
        #expect(try engine() !== before)
    }

    @Test func anIndexThatWasDroppedIsNoFault() throws {
        let server = try RunningServer()
        _ = try server.registry.withEngine("demo") { $0 }
        try IndexFolder(path: server.path + "/demo").remove()
        #expect(server.registry.reload(source(server, fails: true)).isEmpty)
        #expect(throws: IndexError.self) { try server.registry.withEngine("demo") { _ in } }
    }

    @Test func whatIsDroppedAndMadeAgainUnderWritersStaysWritable() throws {
        let server = try RunningServer()
        let registry = server.registry
        let faults = Faults()
        DispatchQueue.concurrentPerform(iterations: 5) { worker in
            for round in 0..<40 {
                do {
                    switch worker {
                    case 0: try registry.drop("demo")
                    case 1: try registry.create("demo", isLexicalOnly: true) { IndexSettings(models: $0) }
                    default:
                        let passage = Passage(id: "\(worker)-\(round)", text: "a newt")
                        _ = try registry.withWriter("demo") { try $0.perform(.add([passage])) }
                    }
                } catch let error as IndexError where [.missing, .exists, .replaced, .busy].contains(error.kind) {
                    // What comes too late or too early is told so.
                } catch {
                    faults.note("\(error)")
                }
            }
        }
        #expect(faults.all == [])
        try? registry.create("demo", isLexicalOnly: true) { IndexSettings(models: $0) }
        _ = try registry.withWriter("demo") { try $0.perform(.add([Passage(id: "last", text: "a newt")])) }
        registry.close()
        _ = try IndexWriter(maintaining: IndexFolder(path: server.path + "/demo"))
    }

    private final class Faults: Sendable {
        private let found = Mutex<[String]>([])

        var all: [String] { found.withLock { $0 } }
        func note(_ fault: String) { found.withLock { $0.append(fault) } }
    }

    @Test func whoHoldsADroppedIndexIsToldThatItIsGone() throws {
        let server = try RunningServer()
        let error = #expect(throws: IndexError.self) {
            try server.registry.withWriter("demo") { writer in
                _ = try writer.perform(.add([Passage(id: "before", text: "a newt")]))
                try server.registry.drop("demo")
                _ = try writer.perform(.add([Passage(id: "after", text: "a newt")]))
            }
        }
        #expect(error?.kind == .missing)
        #expect(!FileManager.default.fileExists(atPath: server.path + "/demo"))
    }

    @Test func aFolderThatWasRemovedByHandGivesItsWriterBack() throws {
        let server = try RunningServer()
        let folder = IndexFolder(path: server.path + "/demo")
        _ = try server.registry.withWriter("demo") { try $0.perform(.add([Passage(id: "a", text: "a newt")])) }
        try FileManager.default.removeItem(atPath: folder.path)
        #expect(throws: IndexError.self) { try server.registry.withEngine("demo") { _ in } }
        try server.registry.create("demo", isLexicalOnly: true) { IndexSettings(models: $0) }
        _ = try server.registry.withWriter("demo") { try $0.perform(.add([Passage(id: "b", text: "a newt")])) }
        #expect(try server.registry.withEngine("demo") { try $0.reader.statistics().passages } == 1)
    }

    @Test func oneOfManyMakesAnIndex() throws {
        let server = try RunningServer()
        let registry = server.registry
        let made = Atomic<Int>(0)
        let faults = Faults()
        for round in 0..<5 {
            DispatchQueue.concurrentPerform(iterations: 4) { _ in
                do {
                    try registry.create("new\(round)", isLexicalOnly: true) { IndexSettings(models: $0) }
                    made.add(1, ordering: .relaxed)
                } catch let error as IndexError where error.kind == .exists {
                } catch {
                    faults.note("\(error)")
                }
            }
        }
        #expect(made.load(ordering: .relaxed) == 5)
        #expect(faults.all == [])
    }

    @Test func clientsSeeNoPathsOfTheServer() {
        for words in [
            "cannot be opened: /srv/indexes/notes/segments/1.tokens", "(/srv/models/a, fingerprint 12)", "at '/x/y':",
            "/srv/a: tensor",
        ] {
            #expect(!HTTPError(IndexError(.io, "/srv", words), index: "notes").message.contains("/"))
        }
        let kept = HTTPError(IndexError(.damaged, "/srv", "1/2; run `passerine verify --index a`"), index: "a")
        #expect(kept.message == "index \"a\": 1/2; run `passerine verify --index a`")
        #expect(HTTPError(IndexError(.busy, "", "later"), index: "a").headers["Retry-After"] == "1")
    }

    @Test func aWriterThatIsInUseIsGivenBackWhenItIsDone() throws {
        let server = try RunningServer()
        let folder = IndexFolder(path: server.path + "/demo")
        let receipt = try server.registry.withWriter("demo") { writer in
            server.registry.reload(source(server))
            let error = #expect(throws: IndexError.self) { try IndexWriter(maintaining: folder) }
            #expect(error?.kind == .locked)
            return try writer.perform(.add([Passage(id: "late", text: "a yak")]))
        }
        #expect(receipt.added == 1)
        _ = try IndexWriter(maintaining: folder)
        let hits = try server.registry.withEngine("demo") { try $0.search(SearchRequest("yak")).hits }
        #expect(hits.map(\.id) == ["late"])
    }
}
