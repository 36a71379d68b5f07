import CFaiss
import Foundation
import Testing

@Suite struct ClusteringTests {
    /// `perCluster` points around each of `centers`, interleaved, with the number of the center of each.
    private static func points(around centers: [[Float]], perCluster: Int) -> (rows: [Float], labels: [Int]) {
        var random = SeededGenerator(1)
        var rows: [Float] = []
        var labels: [Int] = []
        for _ in 0..<perCluster {
            for (label, center) in centers.enumerated() {
                rows += zip(center, random.floats(center.count, in: -0.1...0.1)).map { $0 + $1 }
                labels.append(label)
            }
        }
        return (rows, labels)
    }

    /// Corners of a cube in 6 dimensions, 4 apart.
    private static let centers: [[Float]] = (0..<8).map { corner in
        (0..<6).map { $0 < 3 && corner >> $0 & 1 == 1 ? 4 : 0 }
    }

    private static func train(_ rows: [Float], seed: UInt64, k: Int = 8, d: Int = 6) -> [Float] {
        var centroids = [Float](repeating: .nan, count: k * d)
        #expect(cf_kmeans(rows, rows.count / d, d, k, 25, seed, &centroids, nil, 0) == CF_OK)
        return centroids
    }

    @Test func separatedClustersAreFoundAndAssigned() {
        let (rows, labels) = Self.points(around: Self.centers, perCluster: 100)
        // One start in a few leaves two centroids in one cluster; the best of several has none.
        let trainings = (0..<10).map { Self.train(rows, seed: $0) }
        func error(_ centroids: [Float]) -> Float {
            Self.centers.map { center in
                (0..<8).map { number in
                    zip(center, centroids[number * 6..<number * 6 + 6]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
                }.min() ?? .infinity
            }.max() ?? .infinity
        }
        guard let best = trainings.min(by: { error($0) < error($1) }) else { return }
        #expect(error(best) < 0.01, "each center has a centroid within 0.1")

        var nearest = [Int32](repeating: -1, count: labels.count)
        #expect(cf_assign(rows, labels.count, 6, best, 8, &nearest, nil, 0) == CF_OK)
        var names: [Int: Int32] = [:]
        for (label, number) in zip(labels, nearest) {
            #expect(names[label, default: number] == number)
            names[label] = number
        }
        #expect(Set(names.values).count == 8)
    }

    @Test func assignmentIsTheNearest() {
        var random = SeededGenerator(2)
        for (n, d, k) in [(1, 1, 1), (7, 3, 2), (33, 8, 5), (300, 17, 40)] {
            let (rows, centroids) = (random.floats(n * d), random.floats(k * d))
            var nearest = [Int32](repeating: -1, count: n)
            #expect(cf_assign(rows, n, d, centroids, k, &nearest, nil, 0) == CF_OK)
            func distance(_ row: Int, _ number: Int) -> Double {
                (0..<d).reduce(0) { $0 + pow(Double(rows[row * d + $1]) - Double(centroids[number * d + $1]), 2) }
            }
            for row in 0..<n {
                guard (0..<k).contains(Int(nearest[row])) else {
                    Issue.record("row \(row) has centroid \(nearest[row])")
                    continue
                }
                let smallest = (0..<k).map { distance(row, $0) }.min() ?? 0
                #expect(distance(row, Int(nearest[row])) <= smallest + 1e-4)
            }
        }
        var none: Int32 = 7
        #expect(cf_assign(nil, 0, 2, [1, 2], 1, &none, nil, 0) == CF_OK)
        #expect(none == 7)
    }

    @Test func theSeedDecides() {
        var random = SeededGenerator(3)
        let rows = random.floats(500 * 6)
        let first = Self.train(rows, seed: 42)
        #expect(Self.train(rows, seed: 42) == first)
        #expect(Self.train(rows, seed: 43) != first)
        #expect(Self.train(rows, seed: 42 << 32) == Self.train(rows, seed: 42 << 32))
        #expect(first.allSatisfy { $0.isFinite })
    }

    @Test func asManyRowsAsCentroidsAreTheCentroids() {
        let rows: [Float] = [1, 2, 3, 4, 5, 6]
        #expect(Self.train(rows, seed: 1, k: 3, d: 2) == rows)
    }

    @Test func duplicateRowsDoNotHang() {
        let centroids = Self.train([Float](repeating: 1, count: 64 * 6), seed: 5)
        #expect(centroids.allSatisfy { abs($0 - 1) < 0.01 })
    }

    @Test func badSizesAreErrorValuesWithWords() {
        let rows = [Float](repeating: 1, count: 12)
        var centroids = [Float](repeating: 7, count: 12)
        func failure(_ n: Int, _ d: Int, _ k: Int, _ iterations: Int32 = 5) -> (code: Int32, message: String) {
            var message = [CChar](repeating: 1, count: 200)
            let code = cf_kmeans(rows, n, d, k, iterations, 1, &centroids, &message, message.count)
            return (code, String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        for (n, d, k) in [(0, 4, 1), (3, 0, 1), (3, 4, 0), (3, 4, 4), (1, 4097, 1), (Int.max, 4, 1), (3, 4, 1 << 21)] {
            let (code, message) = failure(n, d, k)
            #expect(code == CF_BAD_SIZE)
            #expect(message.contains("rows") || message.contains("must be") || message.contains("too large"))
        }
        #expect(failure(3, 4, 2, 0).code == CF_BAD_SIZE)
        #expect(failure(3, 4, 2, 1001).code == CF_BAD_SIZE)
        #expect(cf_kmeans(nil, 3, 4, 2, 5, 1, &centroids, nil, 0) == CF_BAD_VALUE)
        #expect(cf_kmeans(rows, 3, 4, 2, 5, 1, nil, nil, 0) == CF_BAD_VALUE)
        var nearest: [Int32] = [7, 7, 7]
        #expect(cf_assign(rows, 3, 0, centroids, 3, &nearest, nil, 0) == CF_BAD_SIZE)
        #expect(cf_assign(rows, 3, 4, centroids, 0, &nearest, nil, 0) == CF_BAD_SIZE)
        #expect(cf_assign(rows, 3, 4, nil, 3, &nearest, nil, 0) == CF_BAD_VALUE)
        #expect(cf_assign(nil, 3, 4, centroids, 3, &nearest, nil, 0) == CF_BAD_VALUE)
        #expect(cf_assign(rows, 3, 4, centroids, 3, nil, nil, 0) == CF_BAD_VALUE)
        #expect(cf_assign(rows, Int.max, 4096, centroids, 3, &nearest, nil, 0) == CF_BAD_SIZE)
        #expect(centroids == [Float](repeating: 7, count: 12) && nearest == [7, 7, 7])
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func valuesThatAreNotFiniteAreRefused(_ value: Float) {
        let rows: [Float] = [1, 2, value, 4]
        var centroids: [Float] = [0, 0]
        var message = [CChar](repeating: 1, count: 8)
        #expect(cf_kmeans(rows, 2, 2, 1, 5, 1, &centroids, &message, message.count) == CF_BAD_VALUE)
        #expect(message[7] == 0, "a long message is cut and closed")
        var nearest: [Int32] = [7, 7]
        #expect(cf_assign(rows, 2, 2, [0, 0], 1, &nearest, nil, 0) == CF_BAD_VALUE)
        #expect(cf_assign([1, 2], 1, 2, rows, 2, &nearest, nil, 0) == CF_BAD_VALUE)
        #expect(nearest == [7, 7])
    }
}
