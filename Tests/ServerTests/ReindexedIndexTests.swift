import Corpus
import Foundation
import PassageIndex
import Ranking
import Search
import Server
import Testing

/// An index whose models change while a server has it open.
@Suite struct ReindexedIndexTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private static func models(_ folder: String) throws -> ModelSet {
        try ModelSet(colbertFolder: "\(root)/\(folder)", tildeFolder: "\(root)/\(folder)")
    }

    @Test func isOpenedAnewWithItsNewModels() throws {
        let (old, new) = ("models/passerine-small/encoder", "Tests/RankingTests/Fixtures/one-pass")
        let path = NSTemporaryDirectory() + "passerine-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        let folder = IndexFolder(path: path + "/demo")
        do {
            let models = try Self.models(old)
            let writer = try IndexWriter(folder, settings: IndexSettings(models: models), models: models)
            try writer.add([Passage(id: "1", text: "a router in a network"), Passage(id: "2", text: "a cake")])
            try writer.commit()
        }
        let registry = IndexRegistry(
            IndexSource(folder: path) { folder in
                let settings = try IndexSettings.read(folder)
                let models = try ModelSet(
                    colbertFolder: settings.colbert?.folder, tildeFolder: settings.tildev2?.folder)
                return try SearchEngine(reader: IndexReader(folder, models: models), models: models)
            } models: {
                .none
            })
        defer { registry.close() }
        func search() throws -> SearchResponse {
            try registry.withEngine("demo") { try $0.search(SearchRequest("network", k: 1)) }
        }
        #expect(try search().hits.first?.scores["colbert"] != nil)
        try Reindexing(folder, models: Self.models(new)).switchOver()
        let response = try search()
        #expect(response.hits.first?.id == "1")
        #expect(response.hits.first?.scores["colbert"] != nil)
        // The writer, too, is one with the new models.
        let receipt = try registry.withWriter("demo") {
            try $0.perform(.add([Passage(id: "3", text: "a network of roads")]))
        }
        #expect(receipt.added == 1)
        #expect(try registry.withEngine("demo") { try $0.search(SearchRequest("network", k: 9)) }.hits.count == 2)
    }
}
