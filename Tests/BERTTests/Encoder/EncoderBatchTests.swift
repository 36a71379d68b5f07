import BERT
import Foundation
import LinearAlgebra
import Synchronization
import Testing

@Suite struct EncoderBatchTests {
    /// The golden sequences several times over: more tokens than one chunk holds.
    private static func batch(_ variant: String) throws -> [TokenSequence] {
        let sequences = try EncoderFixtures.golden(variant).map(\.sequence)
        var random = SeededGenerator(seed: 5)
        return (0..<5).flatMap { _ in sequences.shuffled(using: &random) }
    }

    private static func parts(_ states: Matrix, _ sequences: [TokenSequence]) -> [[Float]] {
        var first = 0
        return sequences.map { sequence in
            defer { first += sequence.count }
            return states.copy(rows: first, count: sequence.count).elements
        }
    }

    @Test(arguments: EncoderFixtures.variants)
    func statesDoNotDependOnTheBatchOrTheThreads(_ variant: String) throws {
        let batch = try Self.batch(variant)
        #expect(batch.reduce(0) { $0 + $1.count } > 900)
        let alone = try EncoderFixtures.encoder(variant, team: WorkerTeam(size: 1))
        let expected = try batch.map { try alone.encode([$0]).elements }
        for threads in [1, 2, 3, 8] {
            let encoder = try EncoderFixtures.encoder(variant, team: WorkerTeam(size: threads))
            // Chunks of a long batch, then lanes that cooperate on a short one and on one sequence.
            for (states, wanted) in zip(Self.parts(try encoder.encode(batch), batch), expected) {
                #expect(states == wanted)
            }
            let short = Array(batch.prefix(10))
            for _ in 0..<10 {
                for (states, wanted) in zip(Self.parts(try encoder.encode(short), short), expected) {
                    #expect(states == wanted)
                }
            }
            for (sequence, wanted) in zip(short, expected) {
                #expect(try encoder.encode([sequence]).elements == wanted)
            }
        }
    }

    @Test func theSameCallGivesTheSameBits() throws {
        let batch = try Self.batch("gelu")
        let encoder = try EncoderFixtures.encoder("gelu", team: WorkerTeam(size: 1))
        #expect(try encoder.encode(batch).elements == encoder.encode(batch).elements)
    }

    @Test func manyCallersShareOneEncoder() throws {
        let team = WorkerTeam(size: 3)
        let encoder = try EncoderFixtures.encoder("gelu", team: team)
        let batch = try Self.batch("gelu")
        let expected = try batch.map { try encoder.encode([$0]).elements }
        let wrong = Mutex(0)
        @Sendable func compare(_ states: Matrix?, _ range: Range<Int>) {
            let parts = states.map { Self.parts($0, Array(batch[range])) } ?? []
            let isRight =
                parts.count == range.count
                && zip(parts, expected[range]).allSatisfy { $0 == $1 }
            if !isRight { wrong.withLock { $0 += 1 } }
        }
        DispatchQueue.concurrentPerform(iterations: 60) { number in
            let range = number % 3 == 0 ? 0..<batch.count : number % 50..<min(50, number % 50 + 3)
            compare(try? encoder.encode(Array(batch[range])), range)
        }
        // From a thread of the team itself.
        team.perform(tasks: 10) { number in
            compare(try? encoder.encode(Array(batch[number..<number + 2])), number..<number + 2)
            compare(try? encoder.encode(batch), 0..<batch.count)
        }
        #expect(wrong.withLock { $0 } == 0)
    }

    @Test func paddingWithoutAttentionChangesNothingBeforeIt() throws {
        let encoder = try EncoderFixtures.encoder("gelu")
        let query = TokenSequence([4, 40, 50, 60, 5])
        let alone = try encoder.encode([query]).elements
        var padded = query
        padded.pieces += [6, 6, 6]
        padded.secondSegmentStart = padded.count
        let silent = try encoder.encode([padded])
        #expect(silent.rows == 8)
        #expect(largestDifference(silent.copy(rows: 0, count: 5).elements, alone) < 1e-5)
        padded.attended = padded.count
        let attended = try encoder.encode([padded])
        #expect(largestDifference(attended.copy(rows: 0, count: 5).elements, alone) > 1e-2)
    }

    @Test func segmentsMatter() throws {
        let encoder = try EncoderFixtures.encoder("gelu")
        let pair = TokenSequence(first: [40, 41], second: [50, 51, 52], cls: 4, sep: 5)
        #expect(pair.pieces == [4, 40, 41, 5, 50, 51, 52, 5])
        #expect(pair.secondSegmentStart == 4 && pair.attended == 8)
        let states = try encoder.encode([pair]).elements
        #expect(largestDifference(states, try encoder.encode([TokenSequence(pair.pieces)]).elements) > 1e-2)
    }

    /// Weights that are finite, but whose sums are not.
    @Test func statesThatOverflowAreAnError() throws {
        var tensors = try ModelBuilder.encoder()
        let norm = try #require(tensors.firstIndex { $0.name == "encoder.layer.0.output.LayerNorm.weight" })
        tensors[norm].elements = [.greatestFiniteMagnitude, .greatestFiniteMagnitude]
        let bias = try #require(tensors.firstIndex { $0.name == "encoder.layer.0.output.LayerNorm.bias" })
        tensors[bias].elements = [.greatestFiniteMagnitude, .greatestFiniteMagnitude]
        let folder = try ModelBuilder.folder(tensors)
        let encoder = try BERTEncoder(Checkpoint(folder: folder.path))
        #expect(throws: EncoderError.notFinite) { try encoder.encode([TokenSequence([1, 2, 3])]) }
        #expect(EncoderError.notFinite.description.contains("not finite"))
    }

    @Test func inputsThatDoNotFitAreErrors() throws {
        let encoder = try EncoderFixtures.encoder("gelu")
        let vocabulary = encoder.configuration.vocabularySize
        #expect(try encoder.encode([]).rows == 0)
        #expect(throws: EncoderError.sequenceLength(0, maximum: 64)) { try encoder.encode([TokenSequence([])]) }
        #expect(throws: EncoderError.sequenceLength(65, maximum: 64)) {
            try encoder.encode([TokenSequence([Int32](repeating: 5, count: 65))])
        }
        for piece in [-1, Int32(vocabulary), .max, .min] {
            #expect(throws: EncoderError.piece(piece, vocabulary: vocabulary)) {
                try encoder.encode([TokenSequence([4, 5]), TokenSequence([4, piece, 5])])
            }
        }
        var deaf = TokenSequence([4, 5])
        deaf.attended = 0
        #expect(throws: EncoderError.self) { try encoder.encode([deaf]) }
        #expect(EncoderError.sequenceLength(65, maximum: 64).description.contains("65"))
        #expect(EncoderError.piece(-1, vocabulary: 9).description.contains("9 pieces"))
    }
}
