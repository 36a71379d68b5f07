import BERT
import Foundation
import LinearAlgebra

/// What `Tests/Reference/encoder_golden.py` made.
enum EncoderFixtures {
    private static let tests = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let folder = tests.appendingPathComponent("BERTTests/Fixtures/encoder")

    /// Tiny checkpoints that differ in activation, names, prefix, heads and segments.
    static let variants = ["gelu", "gelu-new", "relu"]

    static let passerineSmall = tests.deletingLastPathComponent().appendingPathComponent(
        "models/passerine-small/encoder"
    )
    .path

    static func encoder(
        _ variant: String, precision: Precision = .fp32, team: WorkerTeam = .shared
    ) throws -> BERTEncoder {
        try BERTEncoder(
            Checkpoint(folder: folder.appendingPathComponent(variant).path), precision: precision, team: team)
    }

    /// One sequence and the states that transformers gives it, `[T, H]`.
    struct Golden: Decodable {
        let pieces: [Int32]
        let secondSegmentStart: Int
        let attended: Int
        let states: [[Float]]

        var sequence: TokenSequence { EncoderFixtures.sequence(pieces, secondSegmentStart, attended) }
    }

    /// One sequence and a sample of its states: some rows and columns, and the Euclidean length of each row.
    struct Sample: Decodable {
        let pieces: [Int32]
        let secondSegmentStart: Int
        let attended: Int
        let rows: [Int]
        let columns: [Int]
        let values: [[Float]]
        let lengths: [Float]

        var sequence: TokenSequence { EncoderFixtures.sequence(pieces, secondSegmentStart, attended) }
    }

    static func golden(_ variant: String) throws -> [Golden] { try decode("\(variant)/states.json") }

    static func samples() throws -> [Sample] { try decode("passerine-small.json") }

    private static func decode<Value: Decodable>(_ name: String) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Value.self, from: Data(contentsOf: folder.appendingPathComponent(name)))
    }

    private static func sequence(_ pieces: [Int32], _ secondSegmentStart: Int, _ attended: Int) -> TokenSequence {
        var sequence = TokenSequence(pieces)
        sequence.secondSegmentStart = secondSegmentStart
        sequence.attended = attended
        return sequence
    }
}

/// Largest difference of two arrays; infinite where they have different lengths or a value is not a number.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) { worst, pair in
        let difference = abs(pair.0 - pair.1)
        return difference.isNaN ? .infinity : max(worst, difference)
    }
}
