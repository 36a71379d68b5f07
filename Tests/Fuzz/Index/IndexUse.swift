import BERT
import Corpus
import Foundation
import JSON
import PassageIndex
import Ranking
import Search

/// One way to use an index.
struct IndexUse: Sendable {
    let name: String
    private let body: @Sendable (IndexFolder, ModelSet) throws -> Void

    /// Why it was not done.
    struct Refusal: Error {
        let error: any Error

        /// Ends the process where it is not said in the words that an index's errors have.
        func check(_ use: String, in folder: IndexFolder) {
            switch error {
            case let error as IndexError where !error.message.isEmpty && error.kind != .io: return
            case is SearchError, is RankingError, is EncoderError: return
            default: fatalError("\(use): \(type(of: error)): \(error)")
            }
        }
    }

    func run(_ folder: IndexFolder, _ models: ModelSet) throws(Refusal) {
        do { try body(folder, models) } catch { throw Refusal(error: error) }
    }

    /// Searches always, and one or two of the others.
    static func chosen(by byte: UInt8) -> [IndexUse] {
        let others = all.dropFirst(2)
        let first = others.startIndex + Int(byte) % others.count
        return [all[0], all[1], all[first]]
            + (byte >= 128 ? [all[others.startIndex + Int(byte / 3) % others.count]] : [])
    }

    static let all: [IndexUse] = [
        IndexUse(name: "search", body: search),
        IndexUse(name: "read", body: read),
        IndexUse(name: "verify") { folder, _ in _ = try IndexVerifier(folder).run() },
        IndexUse(name: "delete") { folder, _ in
            _ = try IndexWriter(maintaining: folder).delete(ids: ["p4", "p30", "p3"])
        },
        IndexUse(name: "compact") { folder, _ in
            let writer = try IndexWriter(maintaining: folder)
            try writer.compact()
            try writer.optimizeFullText()
            try PostingsBuilder(folder).build()
        },
        IndexUse(name: "add") { folder, models in
            let writer = try IndexWriter(
                folder, settings: IndexSettings(models: models), models: writerModels(folder, models))
            try writer.add([Passage(id: "p5", text: "network again"), Passage(id: "new", text: "files and ports")])
            try writer.commit()
        },
        IndexUse(name: "reindex") { folder, models in
            guard models.encodesPassages else { return }
            let reindexing = try Reindexing(
                folder, models: ModelSet(colbert: models.colbert, tilde: models.tilde), codec: .int8)
            while try reindexing.step() {}
            try reindexing.switchOver()
        },
        IndexUse(name: "upgrade") { folder, _ in try FormatUpgrade.run(folder) },
        IndexUse(name: "backup") { folder, _ in
            let copy = folder.path + "-copy"
            try? FileManager.default.removeItem(atPath: copy)
            defer { try? FileManager.default.removeItem(atPath: copy) }
            _ = try IndexBackup.make(of: folder, at: copy)
            _ = try IndexBackup.restore(from: copy, as: folder, replaces: true)
        },
        IndexUse(name: "postings") { folder, _ in _ = try PostingsBuilder(folder).buildWhereNeeded() },
    ]

    /// A lexical index is written without models.
    private static func writerModels(_ folder: IndexFolder, _ models: ModelSet) -> ModelSet {
        models.encodesPassages ? ModelSet(colbert: models.colbert, tilde: models.tilde) : .none
    }

    @Sendable private static func search(_ folder: IndexFolder, _ models: ModelSet) throws {
        let reader = try IndexReader(folder, models: models, readers: 1)
        let engine = try SearchEngine(reader: reader, models: models)
        _ = try reader.statistics()
        var request = SearchRequest("network diagrams files caf\u{E9} 网络图 mark30")
        request.k = 50
        _ = try engine.search(request)
        (request.explains, request.highlights) = (true, true)
        request.facets = [FacetRequest("section"), FacetRequest("tags"), FacetRequest("size")]
        _ = try engine.search(request)
        let filters: [JSONValue] = [
            ["section": "net"], ["tags": ["in": ["x", 1]]], ["size": ["gte": 2]], ["not": ["undeclared": 3]],
        ]
        for filter in filters {
            request.filter = try MetadataFilter(filter)
            _ = try engine.search(request)
        }
        request.filter = nil
        // Where a stage has no model, that is said.
        for pipeline in [
            "bm25:40,tildev2:40", "bm25:40,colbert:40,feedback:40:interpolate:0.5", "bm25:5,cross-encoder:5",
        ] {
            request.pipeline = try Pipeline(parsing: pipeline)
            do { _ = try engine.search(request) } catch is SearchError {}
        }
    }

    @Sendable private static func read(_ folder: IndexFolder, _ models: ModelSet) throws {
        let reader = try IndexReader(folder, models: models, readers: 1)
        try reader.withSnapshot { snapshot in
            _ = try snapshot.passageCount
            _ = try snapshot.postingsState()
            for query in ["network", "mark12 files", "absent"] {
                _ = try snapshot.candidates(query, limit: 50, bm25: BM25())
                _ = try snapshot.exhaustiveCandidates(query, limit: 50, bm25: BM25())
            }
            let numbers = Array(0..<45)
            _ = try snapshot.passages(numbers)
            try snapshot.forEachMetadata(numbers) { _ in }
            _ = try snapshot.ids(numbers)
            _ = try snapshot.passage(id: "p7")
            guard models.encodesPassages else { return }
            for number in numbers {
                for window in 0..<2 {
                    _ = try snapshot.terms(number, window: window)
                    _ = try snapshot.vectors(number, window: window)
                }
                _ = try snapshot.spans(number)
            }
        }
    }
}
