import CKernels
import LinearAlgebra
import Synchronization

/// A BERT encoder (Devlin et al. 2019), or one of its kin, over packed sequences; the type to read first in this
/// target.
///
///     let encoder = try BERTEncoder(checkpoint)
///     let states = try encoder.encode([TokenSequence([101, 7592, 102])])   // Matrix [3, H]
///
/// Nothing is padded: a batch is one `[ΣT, H]` matrix, products run over all its rows, and attention runs sequence by
/// sequence (the idea of ByteTransformer, Zhai et al. 2023). A long batch is cut into chunks that the worker team
/// computes independently; a short one is computed by all idle threads together.
public final class BERTEncoder: Sendable {
    /// Tokens that one thread takes through all layers at a time: enough to keep the products busy, few enough that
    /// the activations stay near the core.
    static let tokensPerChunk = 512

    public let configuration: EncoderConfiguration
    let weights: EncoderWeights
    /// How the products of the layers are computed.
    public let precision: Precision
    public let team: WorkerTeam
    private let scratches: EncoderScratchPool

    /// The file that the layers were read from, where they were packed ahead (`passerine models quantize`). Its fingerprint
    /// has to be the model's.
    package let packedLayers: PackedLayers?

    /// Loads the parameters. Throws `CheckpointError`.
    ///
    /// - Parameter usesPacked: whether layers that were packed ahead are taken, rather than packed anew.
    public init(
        _ checkpoint: Checkpoint, precision: Precision = .fp32, usesPacked: Bool = true, team: WorkerTeam = .shared
    ) throws {
        configuration = checkpoint.configuration
        packedLayers = usesPacked ? try PackedLayers(checkpoint.modelFolder, precision: precision) : nil
        weights = try EncoderWeights(checkpoint, precision: precision, packed: packedLayers, team: team)
        self.precision = precision
        self.team = team
        scratches = EncoderScratchPool(
            limit: team.size + 1,
            sizes: EncoderScratch.Sizes(
                hidden: configuration.hiddenSize, inner: configuration.innerColumns,
                head: configuration.headSize, isPrepared: precision != .fp32))
    }

    /// Last hidden states of all sequences, packed one below the other, `[ΣT, H]`. Throws `EncoderError`.
    ///
    /// A sequence's states are the same to the bit whatever the others are.
    ///
    /// - Parameter cancellation: asked before each chunk; throws `Cancellation.Cancelled` where it says so.
    public func encode(_ sequences: [TokenSequence], cancellation: Cancellation = .never) throws -> Matrix {
        try cancellation.check()
        for sequence in sequences { try check(sequence) }
        let chunks = Chunk.cut(sequences, tokens: Self.tokensPerChunk)
        let states = Matrix(rows: chunks.last?.rows.upperBound ?? 0, columns: configuration.hiddenSize)
        if let only = chunks.first, chunks.count == 1 {
            scratches.with(tokens: only.rows.count, longest: only.longest, lanes: team.size) { scratch in
                team.cooperate(maximumLanes: team.size) { lane in
                    EncoderPass(encoder: self, chunk: only, states: states, scratch: scratch, lane: lane).run()
                }
            }
        } else {
            team.perform(tasks: chunks.count) { number in
                let chunk = chunks[number]
                if cancellation.isCancelled { return }
                scratches.with(tokens: chunk.rows.count, longest: chunk.longest, lanes: 1) { scratch in
                    EncoderPass(encoder: self, chunk: chunk, states: states, scratch: scratch, lane: .alone).run()
                }
            }
            try cancellation.check()
        }
        // One vector that is no number would be stored, and scramble the order of all others.
        guard pk_first_not_finite(states.pointer, states.count) == states.count else { throw EncoderError.notFinite }
        return states
    }

    private func check(_ sequence: TokenSequence) throws {
        let maximum = configuration.maxPositions
        guard sequence.count >= 1, sequence.count <= maximum, sequence.attended >= 1 else {
            throw EncoderError.sequenceLength(sequence.count, maximum: maximum)
        }
        let vocabulary = configuration.vocabularySize
        for piece in sequence.pieces where piece < 0 || piece >= vocabulary {
            throw EncoderError.piece(piece, vocabulary: vocabulary)
        }
    }
}

/// Consecutive sequences of a batch that are computed together.
struct Chunk: Sendable {
    let sequences: [TokenSequence]
    /// Where their states stand in the batch's matrix.
    let rows: Range<Int>

    var longest: Int { sequences.reduce(0) { max($0, $1.count) } }

    /// Cuts a batch after every `tokens` tokens or so, never within a sequence.
    static func cut(_ sequences: [TokenSequence], tokens: Int) -> [Chunk] {
        var chunks: [Chunk] = []
        var current: [TokenSequence] = []
        var first = 0
        var count = 0
        func close() {
            guard !current.isEmpty else { return }
            chunks.append(Chunk(sequences: current, rows: first..<first + count))
            first += count
            count = 0
            current = []
        }
        for sequence in sequences {
            if count + sequence.count > tokens { close() }
            current.append(sequence)
            count += sequence.count
        }
        close()
        return chunks
    }
}
