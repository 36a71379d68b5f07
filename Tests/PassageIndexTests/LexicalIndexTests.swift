import Corpus
import Foundation
import PassageIndex
import Ranking
import Testing

@Suite struct LexicalIndexTests {
    /// BM25 as the design states it, over words split at spaces.
    private func reference(_ query: [String], _ passages: [Passage], _ bm25: BM25) -> [ScoredPassage] {
        let texts = passages.map { $0.text.split(separator: " ").map(String.init) }
        let average = Double(texts.reduce(0) { $0 + $1.count }) / Double(texts.count)
        return texts.enumerated().compactMap { number, words -> ScoredPassage? in
            let score = query.reduce(0.0) { sum, term in
                let tf = Double(words.count { $0 == term })
                let df = Double(texts.count { $0.contains(term) })
                let idf = log(1 + (Double(texts.count) - df + 0.5) / (df + 0.5))
                guard tf > 0 else { return sum }
                let norm = bm25.k1 * (1 - bm25.b + bm25.b * Double(words.count) / average)
                return sum + idf * tf / (tf + norm)
            }
            return score > 0 ? ScoredPassage(number: number, score: score) : nil
        }.sorted { $0.precedes($1) }
    }

    @Test(arguments: [BM25(), BM25(k1: 1.2, b: 0.75), BM25(k1: 0, b: 0), BM25(k1: 2, b: 1)])
    func equalsTheFormula(bm25: BM25) throws {
        let scratch = try Scratch()
        let passages = TestPassages.random(500)
        try IndexWriter.make(scratch.folder(), passages, models: TestModels.none)
        let reader = try IndexReader(scratch.folder(), models: TestModels.none)
        for query in [["word3"], ["word1", "word40"], ["word7", "word7", "word59", "word2"], ["absent"]] {
            for limit in [1, 10, 1000] {
                let found = try reader.withSnapshot {
                    try $0.candidates(query.joined(separator: " "), limit: limit, bm25: bm25)
                }
                let all = reference(query, passages, bm25)
                let scores = Dictionary(uniqueKeysWithValues: all.map { ($0.number, $0.score) })
                // Gains are rounded to 2^-24; scores that are equal but for that may stand in either order.
                #expect(found.count == min(limit, all.count))
                #expect(zip(found, all).allSatisfy { abs($0.score - $1.score) < 2e-7 })
                #expect(found.allSatisfy { abs($0.score - (scores[$0.number] ?? .nan)) < 2e-7 })
            }
        }
    }

    @Test func replacedAndDeletedPassagesAreGone() throws {
        let scratch = try Scratch()
        let writer = try IndexWriter(
            scratch.folder(), settings: IndexSettings(models: TestModels.none), models: TestModels.none)
        try writer.add(TestPassages.few)
        try writer.commit()
        try writer.add([Passage(id: "dia", text: "Now about penguins.")])
        try writer.commit()
        #expect(try writer.delete(ids: ["gzip", "unknown"]) == 1)
        let reader = try IndexReader(scratch.folder(), models: TestModels.none)
        func ids(_ query: String) throws -> [String] {
            try reader.withSnapshot { snapshot in
                let numbers = try snapshot.candidates(query, limit: 10, bm25: BM25()).map(\.number)
                let ids = try snapshot.ids(numbers)
                return numbers.compactMap { ids[$0] }
            }
        }
        #expect(try ids("diagrams") == [])
        #expect(try ids("penguins") == ["dia"])
        #expect(try ids("compresses") == [])
        #expect(try ids("network") == ["nmap"])
        #expect(try reader.statistics().passages == 3)
        #expect(try IndexVerifier(scratch.folder()).run().isSound)
        #expect(writer.summary.replaced == 1)
    }

    @Test func equalScoresKeepTheOrderOfNumbers() throws {
        let scratch = try Scratch()
        let same = (0..<50).map { Passage(id: "same\($0)", text: "identical words here") }
        try IndexWriter.make(scratch.folder(), same, models: TestModels.none)
        let reader = try IndexReader(scratch.folder(), models: TestModels.none)
        let found = try reader.withSnapshot { try $0.candidates("identical", limit: 7, bm25: BM25()).map(\.number) }
        #expect(found == Array(0..<7))
    }

    @Test(arguments: [
        "\"", "'", "(", "network OR", "NEAR(network, 2)", "text:network", "net*", "^network", "\0network\0", "-network",
        "{text}: network", "network AND NOT", "' OR 1=1 --", "); DROP TABLE passages; --", "", "   ", "\u{FFFD}", "🦜",
        String(repeating: "network ", count: 10_000), String(repeating: "(", count: 5000),
    ])
    func userTextIsNeverSyntax(query: String) throws {
        let scratch = try Scratch()
        try IndexWriter.make(scratch.folder(), TestPassages.few, models: TestModels.none)
        let reader = try IndexReader(scratch.folder(), models: TestModels.none)
        let found = try reader.withSnapshot { try $0.candidates(query, limit: 10, bm25: BM25()).map(\.number) }
        // Whatever stands around it, the word is found as a word, and nothing else matches.
        #expect(Set(found) == (query.contains("network") ? [0, 2] : []))
        #expect(try IndexVerifier(scratch.folder()).run().isSound)
    }

    @Test func stopWordsAreLeftOutUnlessThereIsNothingElse() throws {
        let scratch = try Scratch()
        let passages = [
            Passage(id: "quote", text: "to be or not to be"), Passage(id: "other", text: "the ports of a network"),
        ]
        try IndexWriter.make(scratch.folder(), passages, models: TestModels.none)
        let reader = try IndexReader(scratch.folder(), models: TestModels.none)
        let found = try reader.withSnapshot { snapshot in
            try ["to be", "the network to be"].map { try snapshot.candidates($0, limit: 5, bm25: BM25()).map(\.number) }
        }
        #expect(found == [[0], [1]])
    }
}
