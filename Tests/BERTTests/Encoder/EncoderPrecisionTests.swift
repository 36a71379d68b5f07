import BERT
import LinearAlgebra
import Testing

@Suite struct EncoderPrecisionTests {
    /// Root mean square of the difference over that of the wanted values.
    private static func error(_ states: [Float], _ wanted: [Float]) -> Float {
        let pairs = zip(states, wanted)
        let squares = pairs.reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return (squares / wanted.reduce(Float(0)) { $0 + $1 * $1 }).squareRoot()
    }

    @Test(arguments: EncoderFixtures.variants, [Precision.bf16, .int8, .int4])
    func narrowPrecisionsStayNearTheStates(_ variant: String, precision: Precision) throws {
        let exact = try EncoderFixtures.encoder(variant)
        let encoder = try EncoderFixtures.encoder(variant, precision: precision)
        #expect(encoder.precision == precision && exact.precision == .fp32)
        for golden in try EncoderFixtures.golden(variant) {
            let states = try encoder.encode([golden.sequence]).elements
            let error = Self.error(states, golden.states.flatMap { $0 })
            #expect(error < [.bf16: 0.015, .int8: 0.06][precision, default: 0.5])
            // As exact as floats would mean that floats were computed.
            #expect(error > 1e-5)
        }
    }

    @Test func bytesDoForTheDefaultModel() throws {
        let checkpoint = try Checkpoint(folder: EncoderFixtures.passerineSmall)
        let sequences = try EncoderFixtures.samples().map(\.sequence).filter { $0.count >= 7 && $0.count <= 180 }
        let exact = try BERTEncoder(checkpoint).encode(sequences).elements
        let bytes = try BERTEncoder(checkpoint, precision: .int8).encode(sequences).elements
        #expect(Self.error(bytes, exact) < 0.04)
    }

    @Test(arguments: Precision.allCases)
    func statesAreTheSameToTheBitWhateverTheBatchAndTheThreads(_ precision: Precision) throws {
        let sequences = try EncoderFixtures.golden("gelu").map(\.sequence)
        let batch = Array(repeating: sequences, count: 5).flatMap { $0 }
        let alone = try EncoderFixtures.encoder("gelu", precision: precision, team: WorkerTeam(size: 1))
        let expected = try batch.flatMap { try alone.encode([$0]).elements }
        for threads in [1, 3] {
            let encoder = try EncoderFixtures.encoder("gelu", precision: precision, team: WorkerTeam(size: threads))
            let together = try encoder.encode(batch).elements
            #expect(together == expected)
            let apart = try batch.flatMap { try encoder.encode([$0]).elements }
            #expect(apart == expected)
        }
    }
}
