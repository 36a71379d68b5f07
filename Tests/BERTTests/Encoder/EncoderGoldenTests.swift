import BERT
import LinearAlgebra
import Testing

@Suite struct EncoderGoldenTests {
    @Test(arguments: EncoderFixtures.variants)
    func statesAreThoseOfTransformers(_ variant: String) throws {
        let encoder = try EncoderFixtures.encoder(variant)
        let golden = try EncoderFixtures.golden(variant)
        #expect(golden.count == 10)
        #expect(golden.contains { $0.attended < $0.pieces.count })
        #expect(golden.contains { $0.secondSegmentStart < $0.pieces.count } == (variant != "relu"))
        for expected in golden {
            let states = try encoder.encode([expected.sequence])
            #expect(states.rows == expected.pieces.count && states.columns == 32)
            #expect(largestDifference(states.elements, expected.states.flatMap { $0 }) < 1e-4)
        }
    }

    @Test func statesOfTheDefaultModelAreThoseOfTransformers() throws {
        let encoder = try BERTEncoder(Checkpoint(folder: EncoderFixtures.passerineSmall))
        let samples = try EncoderFixtures.samples()
        #expect(samples.map(\.pieces.count) == [1, 2, 3, 7, 16, 33, 64, 101, 180, 257, 511, 512])
        let states = try encoder.encode(samples.map(\.sequence))
        #expect(states.rows == samples.reduce(0) { $0 + $1.pieces.count })
        var first = 0
        for sample in samples {
            for (row, values) in zip(sample.rows, sample.values) {
                let state = states.row(first + row)
                #expect(largestDifference(sample.columns.map { state[$0] }, values) < 1e-4)
            }
            let lengths = sample.pieces.indices.map { row in
                states.row(first + row).reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
            }
            #expect(largestDifference(lengths, sample.lengths) < 5e-4)
            first += sample.pieces.count
        }
    }
}
