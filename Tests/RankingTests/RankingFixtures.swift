import BERT
import Foundation
import LinearAlgebra
import Ranking

/// What `Tests/Reference/ranking_golden.py` made.
enum RankingFixtures {
    private static let tests = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func path(_ name: String) -> String {
        tests.appendingPathComponent("RankingTests/Fixtures/\(name)").path
    }

    static let passerineSmall = tests.deletingLastPathComponent().appendingPathComponent(
        "models/passerine-small/encoder"
    )
    .path

    static func model(_ name: String) throws -> RankingModel { try RankingModel(folder: path(name)) }

    /// A copy of a small model, removed in the end.
    static func withCopy(of folder: String, _ body: (URL) throws -> Void) throws {
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("model-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: URL(fileURLWithPath: folder), to: copy)
        defer { try? FileManager.default.removeItem(at: copy) }
        try body(copy)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    /// ColBERT's inputs, vectors and scores by dimension, query and passage.
    struct LateInteraction: Decodable {
        struct Query: Decodable {
            let text: String
            let pieces: [Int32]
            let attended: Int
            let first: [Float]?
            let last: [Float]?
        }

        struct Passage: Decodable {
            let text: String
            let pieces: [Int32]
            let kept: [Int]
            let first: [Float]?
            let last: [Float]?
        }

        let queries: [Query]
        let passages: [Passage]
        let scores: [String: [[Float]]]
    }

    /// TILDEv2's pieces, terms and what queries ask for as pairs of piece and weight, and scores by query and passage.
    struct ExactMatch: Decodable {
        struct Query: Decodable {
            let text: String
            let pieces: [Int32]
            let asked: [[Float]]
        }

        struct Passage: Decodable {
            let text: String
            let terms: [[Float]]
        }

        let queries: [Query]
        let passages: [Passage]
        let scores: [[Float]]
        let stops: [Int32]?
    }

    struct Windows: Decodable {
        struct Window: Decodable {
            let start: Int
            let end: Int
            let pieces: [Int32]
        }

        let text: String
        let windows: [Window]
    }

    struct OnePass: Decodable {
        let colbert: LateInteraction
        let tilde: ExactMatch
        let windows: [Windows]?
    }
}

/// Largest difference of two arrays; infinite where they have different lengths or a value is not a number.
func largestDifference(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Float {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) { worst, pair in
        let difference = abs(pair.0 - pair.1)
        return difference.isNaN ? .infinity : max(worst, difference)
    }
}
