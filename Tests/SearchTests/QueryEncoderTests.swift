import Foundation
import LinearAlgebra
import Ranking
import Search
import Synchronization
import Testing

@Suite struct QueryEncoderTests {
    private static let queries = [
        "draw diagrams of a network", "is my violin in tune", "what", "",
        "lazy dogs and quick foxes jump over each other",
    ]

    private func near(_ left: Matrix?, _ right: Matrix) -> Bool {
        guard let left, left.rows == right.rows, left.columns == right.columns else { return false }
        return (0..<left.rows).allSatisfy { row in
            zip(left.row(row), right.row(row)).allSatisfy { abs($0 - $1) < 1e-4 }
        }
    }

    @Test func queriesAtTheSameTimeGetTheVectorsOfTheirOwn() throws {
        let model = try #require(try ShippedModel.models.get().colbert)
        let colbert = try #require(model.colbert)
        let expected = try Self.queries.map { try colbert.query($0, model: model) }
        let encoder = QueryEncoder()
        let faults = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 40) { number in
            let place = number % Self.queries.count
            let dimension = number % 2 == 0 ? nil : colbert.usableDimensions.min()
            let vectors = try? encoder.vectors(Self.queries[place], model: model, dimension: dimension)
            let isRight =
                dimension == nil || dimension == colbert.dimension
                ? near(vectors, expected[place])
                : vectors?.rows == expected[place].rows && vectors?.columns == dimension
            if !isRight { faults.withLock { $0.append("\(number)") } }
        }
        #expect(faults.withLock { $0 } == [])
        let statistics = encoder.statistics
        #expect(statistics.misses == 40 && statistics.hits == 0 && statistics.entries == 0)
        #expect(1...40 ~= statistics.passes)
    }

    @Test func whatWasEncodedIsRemembered() throws {
        let model = try #require(try ShippedModel.models.get().colbert)
        let encoder = QueryEncoder(cacheBytes: 64 << 10)
        let first = try #require(try encoder.vectors("network", model: model))
        let again = try encoder.vectors("network", model: model)
        #expect(near(again, first) && again?.pointer == first.pointer)
        #expect(encoder.statistics.hits == 1 && encoder.statistics.passes == 1)
        // Another width is another thing, unless it is the full one.
        _ = try encoder.vectors("network", model: model, dimension: first.columns)
        #expect(encoder.statistics.hits == 2)
        for number in 0..<200 { _ = try encoder.vectors("network \(number)", model: model) }
        let statistics = encoder.statistics
        #expect(statistics.entries > 0 && statistics.entries < 201 && statistics.bytes <= 64 << 10)
    }
}
