import LinearAlgebra
import Synchronization

/// The activations of one chunk of packed sequences, allocated once and used again.
final class EncoderScratch: Sendable {
    /// Columns of the activations, and whether products take prepared rows.
    struct Sizes: Sendable {
        let hidden: Int
        let inner: Int
        let head: Int
        let isPrepared: Bool
    }

    /// Largest number of tokens, and the longest sequence, that fit.
    let tokens: Int
    let longest: Int
    /// `[tokens, 3H]`: queries, keys and values.
    let projections: Matrix
    /// `[tokens, H]`: what attention gathered, later the layer's input kept for the residual.
    let context: Matrix
    let residual: Matrix
    /// `[tokens, I]`.
    let inner: Matrix
    /// What narrow products take of rows of H and of I columns.
    let preparedHidden: PreparedRows?
    let preparedInner: PreparedRows?
    /// What attention needs, for each lane.
    let attention: [Matrix]

    init(tokens: Int, longest: Int, lanes: Int, sizes: Sizes) {
        let (hidden, inner) = (sizes.hidden, sizes.inner)
        self.tokens = tokens
        self.longest = longest
        projections = Matrix(rows: tokens, columns: 3 * hidden)
        context = Matrix(rows: tokens, columns: hidden)
        residual = Matrix(rows: tokens, columns: hidden)
        self.inner = Matrix(rows: tokens, columns: inner)
        preparedHidden = sizes.isPrepared ? PreparedRows(rows: tokens, inputs: hidden) : nil
        preparedInner = sizes.isPrepared ? PreparedRows(rows: tokens, inputs: inner) : nil
        attention = (0..<lanes).map { _ in AttentionHead.scratch(tokens: longest, headSize: sizes.head) }
    }
}

/// Scratch space of one encoder that nobody uses now; at most one for each thread of the team.
final class EncoderScratchPool: Sendable {
    private let free = Mutex<[EncoderScratch]>([])
    private let limit: Int
    private let sizes: EncoderScratch.Sizes

    init(limit: Int, sizes: EncoderScratch.Sizes) {
        self.limit = limit
        self.sizes = sizes
    }

    /// Lends space for a chunk; where none that is free is large enough, new space is made.
    func with(tokens: Int, longest: Int, lanes: Int, _ body: (EncoderScratch) -> Void) {
        let found = free.withLock { scratches -> EncoderScratch? in
            let fits = scratches.firstIndex {
                $0.tokens >= tokens && $0.longest >= longest && $0.attention.count >= lanes
            }
            return fits.map { scratches.remove(at: $0) }
        }
        // Not smaller than what the next chunk is likely to need.
        let scratch =
            found
            ?? EncoderScratch(
                tokens: max(BERTEncoder.tokensPerChunk, tokens), longest: max(192, longest), lanes: lanes,
                sizes: sizes)
        body(scratch)
        free.withLock { scratches in
            if scratches.count == limit { scratches.removeFirst() }
            scratches.append(scratch)
        }
    }
}
