import Corpus
import Foundation
import JSON
import PassageIndex
import Ranking
import Search
import Testing

/// Texts that Unicode calls canonically equivalent are different queries, values and fields.
@Suite struct CanonicalFormsTests {
    private static let composed = "Z\u{FC}rich"
    private static let decomposed = "Zu\u{308}rich"

    /// A cased model of a few kilobytes, to which "x\u{E9}" is two pieces and "xe\u{301}" one that it does not know.
    private static let cased = Result {
        let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("RankingTests/Fixtures/one-pass")
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("passerine-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: fixture, to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(#"{"do_lower_case": false}"#.utf8).write(
            to: folder.appendingPathComponent("tokenizer_config.json"))
        return try ModelSet(colbertFolder: folder.path, tildeFolder: folder.path)
    }

    @Test("vectors are remembered for the query as it was written")
    func queryVectors() throws {
        let model = try #require(try Self.cased.get().colbert)
        let colbert = try #require(model.colbert)
        let queries = ["x\u{E9} network", "xe\u{301} network"]
        let pieces = queries.map { colbert.querySequence($0, tokenizer: model.tokenizer).pieces }
        #expect(pieces[0] != pieces[1])
        let encoder = QueryEncoder(cacheBytes: 1 << 20)
        for (query, pieces) in zip(queries + queries, pieces + pieces) {
            #expect(try encoder.vectors(query, model: model)?.rows == pieces.count)
        }
        #expect(encoder.statistics.entries == 2 && encoder.statistics.hits == 2)
    }

    @Test("an explanation is of the query as it was written", arguments: [[0, 1], [1, 0]])
    func explanations(order: [Int]) throws {
        let queries = ["x\u{E9} network", "xe\u{301} network"]
        let passages = [
            Passage(id: "1", text: "x\u{E9} network router"), Passage(id: "2", text: "the river of the city network"),
        ]
        var expected: [[CodePoints]] = []
        for query in queries {
            try FreshIndex.withEngine(passages, models: Self.cased.get()) { engine in
                let hit = try #require(try engine.search(Self.explained(query)).hits.first)
                expected.append(try #require(hit.explanation?.interaction).queryPieces.map { CodePoints($0) })
            }
        }
        #expect(expected[0].count > expected[1].count)
        let remembering = QueryEncoder(cacheBytes: 1 << 20)
        try FreshIndex.withEngine(passages, models: Self.cased.get(), queries: remembering) { engine in
            for place in order {
                let hit = try #require(try engine.search(Self.explained(queries[place])).hits.first)
                let explanation = try #require(hit.explanation)
                let picture = try #require(explanation.interaction)
                #expect(picture.queryPieces.map { CodePoints($0) } == expected[place])
                #expect(picture.similarities.count == expected[place].count)
                #expect(explanation.colbert.count == expected[place].count)
            }
        }
    }

    private static func explained(_ query: String) throws -> SearchRequest {
        SearchRequest(query, k: 1, pipeline: try Pipeline(parsing: "bm25:10,colbert:10"), explains: true)
    }

    @Test("as many hits by a facet's filter as the facet counts", arguments: [[], ["city"]])
    func facets(declared: [String]) throws {
        let cities: [JSONValue] = [
            .string(Self.composed), .string(Self.decomposed), [.string(Self.decomposed), .string(Self.composed)],
        ]
        let passages = cities.enumerated().map { Passage(id: "\($0)", text: "lake", metadata: ["city": $1]) }
        try FreshIndex.withEngine(passages, models: .none, fields: declared) { engine in
            var request = SearchRequest("lake")
            request.facets = [FacetRequest("city")]
            let values = try #require(try engine.search(request).facets?.first).values
            #expect(values.map(\.value) == [.string(Self.decomposed), .string(Self.composed)])
            #expect(values.map(\.count) == [2, 2])
            for (value, ids) in zip(values.map(\.value), [["1", "2"], ["0", "2"]]) {
                request.filter = try MetadataFilter(["city": value])
                #expect(try engine.search(request).hits.map(\.id).sorted() == ids)
            }
        }
    }

    @Test("two fields are two facets, in one request as well")
    func fields() throws {
        let metadata = JSONValue(members: [("caf\u{E9}", 1), ("cafe\u{301}", 2)]).objectValue ?? [:]
        try FreshIndex.withEngine([Passage(id: "a", text: "lake", metadata: metadata)], models: .none) { engine in
            var request = SearchRequest("lake")
            request.facets = [FacetRequest("caf\u{E9}"), FacetRequest("cafe\u{301}")]
            let response = try engine.search(request)
            #expect(response.hits.first?.metadata == metadata)
            let facets = response.json(request: request, index: "demo")["facets"]
            #expect(facets?["caf\u{E9}"] == [["value": 1, "count": 1]])
            #expect(facets?["cafe\u{301}"] == [["value": 2, "count": 1]])
        }
    }

    @Test("facets of equal counts stand in the order of whole numbers, to the last digit")
    func numbers() throws {
        let numbers: [Int64] = [76_561_198_275_305_776, .max, 76_561_198_275_305_774, .min, 76_561_198_275_305_775]
        let passages = numbers.map { Passage(id: "\($0)", text: "player", metadata: ["n": .integer($0)]) }
        let others = [Passage(id: "f", text: "player", metadata: ["n": .number(0x1p63)])]
        try FreshIndex.withEngine(passages + others, models: .none) { engine in
            var request = SearchRequest("player")
            request.facets = [FacetRequest("n")]
            let values = try #require(try engine.search(request).facets?.first).values.map(\.value)
            #expect(values == numbers.sorted().map { .integer($0) } + [.number(0x1p63)])
        }
    }
}
