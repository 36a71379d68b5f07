import LinearAlgebra
import Synchronization

/// The activations of one chunk of packed sequences, allocated once and used again.
final class EncoderScratch: Sendable {
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
    /// One square of attention scores for each lane.
    let scores: [Matrix]

    init(tokens: Int, longest: Int, lanes: Int, hidden: Int, inner: Int) {
        self.tokens = tokens
        self.longest = longest
        projections = Matrix(rows: tokens, columns: 3 * hidden)
        context = Matrix(rows: tokens, columns: hidden)
        residual = Matrix(rows: tokens, columns: hidden)
        self.inner = Matrix(rows: tokens, columns: inner)
        scores = (0..<lanes).map { _ in Matrix(rows: longest, columns: longest) }
    }
}

/// Scratch space of one encoder that nobody uses now; at most one for each thread of the team.
final class EncoderScratchPool: Sendable {
    private let free = Mutex<[EncoderScratch]>([])
    private let limit: Int
    private let hidden: Int
    private let inner: Int

    init(limit: Int, hidden: Int, inner: Int) {
        self.limit = limit
        self.hidden = hidden
        self.inner = inner
    }

    /// Lends space for a chunk; where none that is free is large enough, new space is made.
    func with(tokens: Int, longest: Int, lanes: Int, _ body: (EncoderScratch) -> Void) {
        let found = free.withLock { scratches -> EncoderScratch? in
            let fits = scratches.firstIndex { $0.tokens >= tokens && $0.longest >= longest && $0.scores.count >= lanes }
            return fits.map { scratches.remove(at: $0) }
        }
        // Not smaller than what the next chunk is likely to need.
        let scratch =
            found
            ?? EncoderScratch(
                tokens: max(BERTEncoder.tokensPerChunk, tokens), longest: max(192, longest), lanes: lanes,
                hidden: hidden, inner: inner)
        body(scratch)
        free.withLock { scratches in
            if scratches.count == limit { scratches.removeFirst() }
            scratches.append(scratch)
        }
    }
}
