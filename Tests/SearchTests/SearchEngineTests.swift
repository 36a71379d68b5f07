import Corpus
import Foundation
import LinearAlgebra
import Ranking
import Search
import Synchronization
import Testing

@Suite struct SearchEngineTests {
    private static let passages = [
        Passage(id: "dia", text: "Dia is an editor for diagrams, charts and network drawings."),
        Passage(id: "gzip", text: "Compresses files with Lempel-Ziv coding; the file gets the ending .gz."),
        Passage(
            id: "nmap", text: "Explores a network and audits its security by scanning ports.",
            metadata: ["section": "net"]),
        Passage(id: "photorec", text: "Recovers deleted photos and other files from memory cards."),
        Passage(id: "tuner", text: "Tells how far a string of a violin or guitar is out of tune."),
    ]

    /// Opens a fresh index of the few passages and hands it to `body`.
    private func withEngine(
        lexical: Bool = false, queries: QueryEncoder = QueryEncoder(), _ body: (SearchEngine) throws -> Void
    ) throws {
        let models = lexical ? ModelSet.none : try ShippedModel.models.get()
        try FreshIndex.withEngine(Self.passages, models: models, queries: queries, body)
    }

    @Test func findsByMeaningAndReportsEveryStage() throws {
        try withEngine { engine in
            let response = try engine.search(SearchRequest("draw diagrams of a network"))
            #expect(response.hits.map(\.id) == ["dia", "nmap"])
            #expect(response.hits.map(\.rank) == [1, 2])
            let first = try #require(response.hits.first)
            #expect(Set(first.scores.keys) == ["bm25", "tildev2", "colbert", "feedback"])
            // The best of all stages: 1 on a scale of the candidates.
            #expect(first.score == 1)
            let alone = try engine.search(
                SearchRequest("draw diagrams of a network", pipeline: Pipeline(parsing: "bm25,tildev2,colbert")))
            #expect(alone.hits.first?.score == first.scores["colbert"])
            #expect(first.text == Self.passages[0].text)
            #expect(response.hits[1].metadata == ["section": "net"])
            #expect(response.milliseconds.map(\.stage) == ["bm25", "tildev2", "colbert", "feedback", "fetch"])
        }
    }

    @Test func feedbackComparesWithTheBest() throws {
        try withEngine { engine in
            let query = "network files drawing"
            let before = try engine.search(SearchRequest(query, pipeline: Pipeline(parsing: "bm25,colbert")))
            let after = try engine.search(
                SearchRequest(query, pipeline: Pipeline(parsing: "bm25,colbert,feedback"), explains: true))
            #expect(after.hits.count == before.hits.count && after.hits.count > 2)
            #expect(after.milliseconds.map(\.stage).contains("feedback"))
            let wanted = Feedback.weights(before.hits.map(\.score))
            for hit in after.hits {
                let said = try #require(hit.explanation).feedback
                #expect(said.map(\.id) == before.hits.prefix(wanted.count).map(\.id))
                #expect(zip(said, wanted).allSatisfy { abs($0.weight - $1) < 1e-9 })
                #expect(abs(said.reduce(0) { $0 + $1.score } - hit.score) < 0.01)
                #expect(hit.scores["feedback"] == hit.score)
                for one in said { #expect((one.similarity > 0.98) == (one.id == hit.id)) }
            }
            // Half of each: the one query, both stages' scores scaled to the candidates.
            let mixed = try engine.search(
                SearchRequest(query, pipeline: Pipeline(parsing: "bm25,colbert,feedback:50:interpolate:0.5")))
            let best = try #require(before.hits.first)
            #expect(mixed.hits.first?.id == best.id)
            #expect(mixed.hits.first?.scores["colbert"] == best.score)
        }
    }

    @Test func whatAStageDoesNotKeepFollowsBehind() throws {
        try withEngine { engine in
            let all = try engine.search(
                SearchRequest("network files", k: 10, pipeline: Pipeline(parsing: "bm25:10,colbert:10")))
            let cut = try engine.search(
                SearchRequest("network files", k: 10, pipeline: Pipeline(parsing: "bm25:10,tildev2:1,colbert:1")))
            #expect(Set(all.hits.map(\.id)) == Set(cut.hits.map(\.id)))
            #expect(cut.hits.map(\.stages) == [3] + Array(repeating: 2, count: cut.hits.count - 1))
            let rest = cut.hits.dropFirst().map(\.score)
            #expect(rest == rest.sorted(by: >))
        }
    }

    @Test func explanationsAddUpToTheScores() throws {
        try withEngine { engine in
            let response = try engine.search(SearchRequest("network network security", explains: true))
            for hit in response.hits {
                let explanation = try #require(hit.explanation)
                let bm25 = explanation.bm25.reduce(0) { $0 + $1.score }
                let tilde = explanation.tildev2.reduce(0) { $0 + $1.score }
                let colbert = explanation.colbert.reduce(0) { $0 + $1.score }
                #expect(abs(bm25 - (hit.scores["bm25"] ?? .nan)) < 1e-9)
                #expect(abs(tilde - (hit.scores["tildev2"] ?? .nan)) < 1e-3)
                #expect(abs(colbert - (hit.scores["colbert"] ?? .nan)) < 0.05)
            }
        }
    }

    @Test(arguments: [0, 1 << 20]) func aQueryIsEncodedOnce(cacheBytes: Int) throws {
        let queries = QueryEncoder(cacheBytes: cacheBytes)
        try withEngine(queries: queries) { engine in
            let hits = try engine.search(SearchRequest("network diagrams", explains: true)).hits
            #expect(hits.first?.explanation?.interaction != nil && queries.statistics.misses == 1)
            _ = try engine.search(SearchRequest("network diagrams", explains: true))
            #expect(queries.statistics.misses == (cacheBytes == 0 ? 2 : 1))
            // No candidates, no need for vectors.
            _ = try engine.search(SearchRequest("xylophone", explains: true))
            #expect(queries.statistics.misses == (cacheBytes == 0 ? 2 : 1))
        }
    }

    @Test(arguments: [true, false]) func warmingUpChangesNothing(lexical: Bool) throws {
        let queries = QueryEncoder()
        try withEngine(lexical: lexical, queries: queries) { engine in
            let before = try engine.search(SearchRequest("network")).hits.map(\.id)
            let misses = queries.statistics.misses
            engine.warmUp()
            #expect(queries.statistics.misses == (lexical ? 0 : misses + 1))
            let after = try engine.search(SearchRequest("network")).hits.map(\.id)
            #expect(after == before && !after.isEmpty)
        }
    }

    @Test func aLexicalIndexServesBM25AndSaysWhatItLacks() throws {
        try withEngine(lexical: true) { engine in
            #expect(engine.standardPipeline.stages.isEmpty)
            let hits = try engine.search(SearchRequest("network")).hits
            #expect(hits.count == 2)
            let error = #expect(throws: SearchError.self) {
                try engine.search(SearchRequest("network", pipeline: .standard))
            }
            #expect(error?.kind == .unavailable)
        }
    }

    @Test func queriesWithoutTermsHaveNoHits() throws {
        try withEngine { engine in
            for query in ["", "   ", "?!", "\0", "…"] {
                let hits = try engine.search(SearchRequest(query)).hits
                #expect(hits.isEmpty)
            }
            #expect(throws: SearchError.self) { try engine.search(SearchRequest("x", k: 0)) }
            #expect(throws: SearchError.self) {
                try engine.search(SearchRequest(String(repeating: "x", count: SearchEngine.largestQuery + 1)))
            }
        }
    }

    @Test func aCancelledSearchEnds() throws {
        try withEngine { engine in
            let error = #expect(throws: SearchError.self) {
                try engine.search(SearchRequest("network"), within: SearchBudget(cancellation: Cancellation { true }))
            }
            #expect(error?.kind == .cancelled)
        }
    }

    /// Work is given up in whichever stage it has come to be unwanted.
    @Test(arguments: ["bm25", "bm25,tildev2", "bm25,colbert", "bm25,colbert,feedback"])
    func stagesLookWhetherTheyAreWanted(pipeline: String) throws {
        try withEngine { engine in
            var request = SearchRequest("network files drawing", pipeline: try Pipeline(parsing: pipeline))
            request.facets = [FacetRequest("section")]
            let asked = Mutex(0)
            let counting = Cancellation {
                asked.withLock { $0 += 1 }
                return false
            }
            let hits = try engine.search(request, within: SearchBudget(cancellation: counting)).hits
            #expect(!hits.isEmpty)
            // Every look but the last can end it.
            let looks = asked.withLock { $0 }
            #expect(looks > 2 * hits.count)
            for last in 1..<looks {
                let left = Mutex(last)
                let ending = Cancellation {
                    left.withLock { left in
                        left -= 1
                        return left < 0
                    }
                }
                let error = #expect(throws: SearchError.self) {
                    try engine.search(request, within: SearchBudget(cancellation: ending))
                }
                #expect(error?.kind == .cancelled)
            }
        }
    }

    @Test func answersThatAreTooLargeAreRefused() throws {
        let long = String(repeating: "network ", count: 5000)
        let passages = (0..<40).map { number in
            Passage(id: "p\(number)", text: long, metadata: ["n": .integer(Int64(number))])
        }
        try FreshIndex.withEngine(passages, models: .none) { engine in
            let reserved = Mutex<[Int]>([])
            let budget = SearchBudget(responseBytes: 10 * long.utf8.count) { bytes in
                reserved.withLock { $0.append(bytes) }
            }
            #expect(try engine.search(SearchRequest("network", k: 9), within: budget).hits.count == 9)
            // What is small asks for nothing.
            let asked = reserved.withLock { $0.reduce(0, +) }
            #expect(asked > 9 * long.utf8.count)
            _ = try engine.search(SearchRequest("network", k: 1), within: budget)
            #expect(reserved.withLock { $0.reduce(0, +) } == asked)
            for ask in [
                { try engine.search(SearchRequest("network", k: 11), within: budget).hits.count },
                {
                    try engine.search(
                        batch: [SearchRequest("network", k: 6), SearchRequest("network", k: 6)], within: budget
                    ).count
                },
                {
                    try engine.search(
                        SearchRequest("network", k: 40, explains: true, includesText: true), within: budget
                    )
                    .hits.count
                },
            ] as [() throws -> Int] {
                let error = #expect(throws: SearchError.self) { try ask() }
                #expect(error?.kind == .tooLarge)
                #expect(error?.description.contains("\(budget.responseBytes)") == true)
            }
            #expect(
                try engine.search(SearchRequest("network", k: 40, includesText: false), within: budget).hits.count == 40
            )
            let refusing = SearchBudget { _ in throw SearchError(.unavailable, "no memory") }
            let error = #expect(throws: SearchError.self) {
                try engine.search(SearchRequest("network", k: 40), within: refusing)
            }
            #expect(error?.description == "no memory")
        }
    }

    @Test func facetsOfManyLongValuesAreRefused() throws {
        let passages = (0..<60).map { number in
            Passage(
                id: "p\(number)", text: "network",
                metadata: ["v": .string("\(number)" + String(repeating: "x", count: 9000))])
        }
        try FreshIndex.withEngine(passages, models: .none) { engine in
            var request = SearchRequest("network", k: 1, includesText: false)
            request.facets = [FacetRequest("v", size: 1)]
            let facets = try engine.search(request).facets
            #expect(facets?.first?.values.count == 1)
            let error = #expect(throws: SearchError.self) {
                try engine.search(request, within: SearchBudget(responseBytes: 100_000))
            }
            #expect(error?.kind == .tooLarge)
        }
    }

    @Test func rerankingAgreesWithSearching() throws {
        let reranker = try Reranker(models: ShippedModel.models.get())
        let encoded = try reranker.encode(Self.passages.map(\.text))
        let ranked = try reranker.rank(
            query: "is my violin in tune", passages: encoded, scores: [5, 4, 3, 2, 1],
            stages: [Pipeline.Stage(.tildev2, keep: 3), Pipeline.Stage(.colbert, keep: 3)])
        #expect(ranked.first?.index == 4)
        #expect(ranked.map(\.stages) == [2, 2, 2, 1, 1])
        #expect(Set(ranked.map(\.index)) == Set(0..<5))
        let query = "network files drawing"
        let stages = try Pipeline(parsing: "bm25,colbert,feedback:50:interpolate:0.5").stages
        try withEngine { engine in
            let searched = try engine.search(
                SearchRequest(query, pipeline: Pipeline(candidates: 10, stages: stages)))
            let chosen = try searched.hits.map { hit in try #require(Self.passages.firstIndex { $0.id == hit.id }) }
                .sorted()
            let again = try reranker.rank(
                query: query, passages: chosen.map { encoded[$0] }, scores: chosen.map { _ in 0 }, stages: stages)
            #expect(again.map { Self.passages[chosen[$0.index]].id } == searched.hits.map(\.id))
            for (one, hit) in zip(again, searched.hits) { #expect(abs(one.score - hit.score) < 0.02) }
        }
    }
}
