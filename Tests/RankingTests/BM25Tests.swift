import Ranking
import Testing

@Suite struct BM25Tests {
    struct Expected: Decodable {
        struct InverseFrequency: Decodable {
            let passages: Int
            let frequency: Int
            let idf: Double
        }

        struct Factor: Decodable {
            let count: Int
            let length: Int
            let average: Double
            let factor: Double
        }

        let k1: Double
        let b: Double
        let idf: [InverseFrequency]
        let factors: [Factor]
    }

    @Test func valuesAreThoseOfTheFormula() throws {
        let all = try RankingFixtures.decode([Expected].self, "bm25.json")
        #expect(all.count == 4)
        for expected in all {
            let bm25 = BM25(k1: expected.k1, b: expected.b)
            for row in expected.idf {
                let found = BM25.inverseFrequency(passages: row.passages, frequency: row.frequency)
                #expect(abs(found - row.idf) < 1e-12)
            }
            for row in expected.factors {
                let found = bm25.saturation(count: row.count, length: row.length, average: row.average)
                #expect(abs(found - row.factor) < 1e-12)
            }
        }
    }

    @Test func defaultsAreAnserinis() {
        #expect(BM25() == BM25(k1: 0.9, b: 0.4))
    }

    @Test func extremesStayFinite() {
        #expect(BM25(k1: 0, b: 0).saturation(count: 0, length: 0, average: 0) == 0)
        #expect(BM25().saturation(count: 1, length: 0, average: 0).isFinite)
        #expect(BM25(k1: 0.9, b: 1).saturation(count: .max, length: .max, average: 1) <= 1)
        #expect(BM25.inverseFrequency(passages: 0, frequency: 0) > 0)
        #expect(BM25.inverseFrequency(passages: 5, frequency: 5) > 0, "Lucene's variant is never negative")
    }
}
