import Corpus
import Foundation
import PassageIndex
import Ranking
import Search
import Server
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
        #expect(throws: Failure.self) { try server.registry.reload(source(server, fails: true)) }
        #expect(try engine() === before)
        try server.registry.reload(source(server))
        #expect(try engine() !== before)
    }

    @Test func anIndexThatWasDroppedIsNoFault() throws {
        let server = try RunningServer()
        _ = try server.registry.withEngine("demo") { $0 }
        try IndexFolder(path: server.path + "/demo").remove()
        try server.registry.reload(source(server, fails: true))
        #expect(throws: IndexError.self) { try server.registry.withEngine("demo") { _ in } }
    }

    @Test func aWriterThatIsInUseIsGivenBackWhenItIsDone() throws {
        let server = try RunningServer()
        let folder = IndexFolder(path: server.path + "/demo")
        let receipt = try server.registry.withWriter("demo") { writer in
            try server.registry.reload(source(server))
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
