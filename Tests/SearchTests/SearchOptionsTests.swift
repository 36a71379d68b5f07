import Corpus
import Foundation
import LinearAlgebra
import PassageIndex
import Ranking
import Search
import Testing

/// Filters, pages, facets, highlights, batches and explanations of searches.
@Suite struct SearchOptionsTests {
    /// Passages of which every one has the word "network", and all numbers their own.
    private static let passages = (0..<60).map { number in
        Passage(
            id: "p\(number)",
            text: "A network of \(["ports", "files", "charts"][number % 3]) in 部 \(number), "
                + String(repeating: "and more ", count: number % 7),
            metadata: [
                "group": .integer(Int64(number % 4)), "tags": ["all", number % 2 == 0 ? "even" : "odd", "all"],
                "rare": number == 41 ? "x" : nil,
            ])
    }

    private func withEngine(lexical: Bool, _ body: (SearchEngine) throws -> Void) throws {
        let models = lexical ? ModelSet.none : try ShippedModel.models.get()
        try FreshIndex.withEngine(Self.passages, models: models, fields: ["group"], body)
    }

    @Test(arguments: [true, false]) func pagesMakeUpTheWholeList(lexical: Bool) throws {
        try withEngine(lexical: lexical) { engine in
            for facets in [[], [FacetRequest("group")]] {
                var request = SearchRequest("network ports", k: 60)
                request.pipeline = lexical ? nil : try Pipeline(parsing: "bm25:50,tildev2:20,colbert:10")
                request.facets = facets
                let all = try engine.search(request).hits
                #expect(all.count == (lexical ? 60 : 50))
                var paged: [Hit] = []
                request.k = 7
                for offset in stride(from: 0, to: 63, by: 7) {
                    request.offset = offset
                    let page = try engine.search(request).hits
                    #expect(page.count == max(0, min(7, all.count - offset)))
                    paged += page
                }
                #expect(paged.map(\.id) == all.map(\.id))
                #expect(paged.map(\.rank) == Array(1...all.count))
            }
        }
    }

    @Test(arguments: [true, false]) func aNarrowFilterFillsTheList(lexical: Bool) throws {
        try withEngine(lexical: lexical) { engine in
            var request = SearchRequest("network ports", k: 5)
            request.pipeline = lexical ? try Pipeline(parsing: "bm25:5") : try Pipeline(parsing: "bm25:5,colbert:5")
            request.filter = try MetadataFilter(["group": 3, "tags": "odd"])
            let hits = try engine.search(request).hits
            #expect(hits.count == 5)
            #expect(hits.allSatisfy { $0.metadata["group"] == 3 })
            request.filter = try MetadataFilter(["rare": "x"])
            let response = try engine.search(request)
            #expect(response.hits.map(\.id) == ["p41"])
            #expect(response.milliseconds.first?.stage == "filter")
            request.filter = try MetadataFilter(["rare": "y"])
            let none = try engine.search(request).hits
            #expect(none.isEmpty)
            request.query = ""
            request.filter = try MetadataFilter([:])
            let empty = try engine.search(request).hits
            #expect(empty.isEmpty)
        }
    }

    @Test func scoresDoNotDependOnTheFilter() throws {
        try withEngine(lexical: true) { engine in
            var request = SearchRequest("network ports", k: 60)
            let all = try engine.search(request).hits
            request.filter = try MetadataFilter(["group": 1])
            let some = try engine.search(request).hits
            let scores = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0.score) })
            #expect(some.count == 15)
            #expect(some.allSatisfy { scores[$0.id] == $0.score })
        }
    }

    @Test func facetsCountTheCandidates() throws {
        try withEngine(lexical: true) { engine in
            var request = SearchRequest("ports", k: 1)
            request.facets = [FacetRequest("group", size: 2), FacetRequest("tags"), FacetRequest("nothing")]
            let facets = try #require(try engine.search(request).facets)
            #expect(facets.map(\.field) == ["group", "tags", "nothing"])
            // Twenty passages: 0, 3, … 57; five of each group, so that the smaller values win.
            #expect(facets[0].values.map(\.value) == [0, 1])
            #expect(facets[0].values.map(\.count) == [5, 5])
            #expect(facets[1].values.map(\.value) == ["all", "even", "odd"])
            #expect(facets[1].values.map(\.count) == [20, 10, 10])
            #expect(facets[2].values.isEmpty)
            request.filter = try MetadataFilter(["tags": "even"])
            let filtered = try engine.search(request).facets?[1].values.map(\.count)
            #expect(filtered == [10, 10])
            // They end where the candidates do.
            request.pipeline = try Pipeline(parsing: "bm25:4")
            let cut = try engine.search(request).facets?[1].values.first?.count
            #expect(cut == 4)
            for facets in [[FacetRequest("a", size: 0)], [FacetRequest("a"), FacetRequest("a", size: 2)]] {
                request.facets = facets
                #expect(throws: SearchError.self) { try engine.search(request) }
            }
        }
    }

    @Test func aBatchAnswersAsSingleQueriesDo() throws {
        try withEngine(lexical: true) { engine in
            let requests = ["network ports", "", "files", "charts network"].map { SearchRequest($0, k: 7) }
            let batch = try engine.search(batch: requests)
            let single = try requests.map { try engine.search($0) }
            #expect(batch.map { $0.hits.map(\.id) } == single.map { $0.hits.map(\.id) })
            #expect(throws: SearchError.self) {
                try engine.search(
                    batch: Array(repeating: SearchRequest("x", k: 1), count: SearchEngine.largestBatch + 1))
            }
            #expect(throws: SearchError.self) {
                try engine.search(batch: Array(repeating: SearchRequest("x", k: 5001), count: 2))
            }
            let error = #expect(throws: SearchError.self) {
                try engine.search(batch: requests, within: SearchBudget(cancellation: Cancellation { true }))
            }
            #expect(error?.kind == .cancelled)
        }
    }

    @Test func pagesHaveAnEnd() throws {
        try withEngine(lexical: true) { engine in
            var request = SearchRequest("network", k: 10)
            request.offset = Pipeline.largestKeep - 10
            let last = try engine.search(request).hits
            #expect(last.isEmpty)
            for offset in [-1, Pipeline.largestKeep - 9, Int.max] {
                request.offset = offset
                #expect(throws: SearchError.self) { try engine.search(request) }
            }
        }
    }

    @Test func highlightsAreCodePoints() throws {
        try withEngine(lexical: true) { engine in
            var request = SearchRequest("port 部", k: 1, includesText: false)
            request.highlights = true
            let hit = try #require(try engine.search(request).hits.first)
            let text = Array(try #require(Self.passages.first { $0.id == hit.id }).text.unicodeScalars)
            let parts = hit.highlights?.map { String(String.UnicodeScalarView(text[$0])) }
            #expect(parts == ["ports", "部"])
            #expect(hit.text == nil)
        }
    }

    @Test func explanationsHaveThePictureOfTheLateInteraction() throws {
        try withEngine(lexical: false) { engine in
            let request = SearchRequest("network ports", k: 3, explains: true)
            for hit in try engine.search(request).hits {
                let explanation = try #require(hit.explanation)
                let picture = try #require(explanation.interaction)
                #expect(picture.similarities.count == picture.queryPieces.count)
                #expect(picture.similarities.allSatisfy { $0.count == picture.passagePieces.count })
                #expect(picture.queryWeights.count == picture.queryPieces.count)
                let score = zip(picture.queryWeights, picture.similarities).reduce(0) { $0 + $1.0 * ($1.1.max() ?? 0) }
                #expect(abs(score - (hit.scores["colbert"] ?? .nan)) < 0.05)
                let text = Array(try #require(hit.text).unicodeScalars)
                // The pieces of whole words say where they stand.
                let places = picture.passagePieces.filter { $0.piece == "network" }.compactMap(\.range)
                #expect(places.map { String(String.UnicodeScalarView(text[$0])) } == ["network"])
                #expect(picture.passagePieces.filter { $0.range == nil }.allSatisfy { $0.piece.hasPrefix("[") })
                let weights = try #require(explanation.termWeights)
                #expect(weights.map(\.weight) == weights.map(\.weight).sorted(by: >))
                // The model that ships expands passages, by pieces that their texts lack.
                #expect(weights.contains(where: \.isAdded) && weights.contains { !$0.isAdded })
                #expect(weights.allSatisfy { $0.piece != "network" || !$0.isAdded })
                for match in explanation.tildev2 {
                    #expect(weights.contains { $0.piece == match.piece && $0.weight == match.weight })
                }
                #expect(explanation.crossEncoder == nil)
            }
            let batch = try engine.search(batch: [request]).first?.hits.first?.explanation
            #expect(batch?.interaction == nil)
            #expect(batch?.colbert.isEmpty == false)
        }
    }

    @Test func piecesOfALongPassageArePlacedInItsText() throws {
        let words = (0..<700).map { $0 == 600 ? "penguin" : "büro\($0 % 10)" }
        let text = words.joined(separator: " ")
        var hits: [Hit] = []
        try FreshIndex.withEngine([Passage(id: "long", text: text)], models: ShippedModel.models.get()) {
            hits = try $0.search(SearchRequest("penguin", k: 1, explains: true)).hits
        }
        let hit = try #require(hits.first)
        let span = try #require(hit.span)
        let points = Array(text.unicodeScalars)
        let picture = try #require(hit.explanation?.interaction)
        let pieces = picture.passagePieces.compactMap { piece in piece.range.map { (piece.piece, $0) } }
        #expect(pieces.count > 50)
        #expect(pieces.allSatisfy { $0.1.lowerBound >= span.start && $0.1.upperBound <= span.end })
        for (piece, range) in pieces where piece == "penguin" || piece == "bu" {
            let written = String(String.UnicodeScalarView(points[range]))
            #expect(written == (piece == "bu" ? "bü" : piece))
        }
    }
}
