import Corpus
import Foundation
import PassageIndex
import Ranking
import Search

/// An index in a folder of its own, removed in the end.
enum FreshIndex {
    static func withEngine(
        _ passages: [Passage], models: ModelSet, fields: [String] = [], queries: QueryEncoder = QueryEncoder(),
        _ body: (SearchEngine) throws -> Void
    ) throws {
        let path = NSTemporaryDirectory() + "passerine-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        let folder = IndexFolder(path: path + "/demo")
        let writer = try IndexWriter(
            folder, settings: IndexSettings(models: models, fields: fields), models: models)
        try writer.add(passages)
        try writer.commit()
        try body(SearchEngine(reader: IndexReader(folder, models: models), models: models, queries: queries))
    }
}
