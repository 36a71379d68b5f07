import Corpus
import PassageIndex
import Ranking
import Testing

@Suite struct AnalysisTests {
    /// Ids of the passages that a query finds, by passages' texts; with and without postings.
    private func find(_ query: String, in texts: [String], _ analysis: Analysis) throws -> Set<Int> {
        let scratch = try Scratch()
        let writer = try IndexWriter(
            scratch.folder(), settings: IndexSettings(models: TestModels.none, analysis: analysis),
            models: TestModels.none)
        try writer.add(texts.enumerated().map { Passage(id: "\($0)", text: $1) })
        try writer.commit()
        func numbers() throws -> Set<Int> {
            try IndexReader(scratch.folder(), models: TestModels.none).withSnapshot { snapshot in
                Set(try snapshot.candidates(query, limit: 100, bm25: BM25()).map(\.number))
            }
        }
        let found = try numbers()
        try PostingsBuilder(scratch.folder()).build()
        #expect(try numbers() == found)
        #expect(try IndexVerifier(scratch.folder()).run().problems == [])
        return found
    }

    @Test func englishStemsAndPlainDoesNot() throws {
        let texts = ["Compressing the files", "a compressed file", "Café", "CAFE"]
        #expect(try find("compress file", in: texts, .english) == [0, 1])
        #expect(try find("compress file", in: texts, .plain) == [1])
        #expect(try find("cafe\u{301}", in: texts, .plain) == [2, 3])
        #expect(try find("the", in: texts, .english) == [0])
        #expect(try find("the of", in: texts, .plain) == [0])
    }

    private static let eastern = [
        "東京都は日本の首都です。", "京都の古い寺", "北京是中国的首都", "서울은 대한민국의 수도이다", "カタカナ、ひらがな", "PostgreSQL数据库 manual",
        "unrelated English text",
    ]

    @Test(arguments: [
        ("首都", [0, 2]), ("京", [0, 1, 2]), ("東京", [0]), ("京都", [0, 1]), ("数据库", [5]), ("据", [5]), ("대한민국", [3]),
        ("수도", [3]),
        ("ひら", [4]), ("カナ", [4]), ("postgresql", [5]), ("manual", [5]), ("english", [6]), ("火星", []), ("", []),
        ("。、", []),
    ])
    func partsOfEasternTextAreFound(query: String, expected: [Int]) throws {
        #expect(try find(query, in: Self.eastern, .cjk) == Set(expected))
    }

    @Test func pairsRankWholeWordsFirst() throws {
        let scratch = try Scratch()
        let writer = try IndexWriter(
            scratch.folder(), settings: IndexSettings(models: TestModels.none, analysis: .cjk), models: TestModels.none)
        try writer.add(["数量和据点", "数据库系统", "一个数据"].enumerated().map { Passage(id: "\($0)", text: $1) })
        try writer.commit()
        let found = try IndexReader(scratch.folder(), models: TestModels.none).withSnapshot {
            try $0.candidates("数据库", limit: 10, bm25: BM25()).map(\.number)
        }
        #expect(found == [1, 2])
    }

    @Test(arguments: Analysis.allCases) func formsOfAWordFindEachOther(analysis: Analysis) throws {
        let forms = ["cafe\u{301} re\u{AD}search", "café research", "ＣＡＦÉ ｒｅｓｅａｒｃｈ", "unrelated", "re search ca fe"]
        for query in ["café", "cafe\u{301}", "cafe", "ca\u{2060}fe"] {
            #expect(try find(query, in: forms, analysis) == [0, 1, 2])
        }
        #expect(try find("re\u{AD}search", in: forms, analysis) == [0, 1, 2])
        let others = ["हिन्दी में", "ह न द म", "كِتَاب", "كتاب", "ك ت اب"]
        #expect(try find("हिन्दी", in: others, analysis) == [0])
        #expect(try find("كتاب", in: others, analysis) == [2, 3])
    }
}
