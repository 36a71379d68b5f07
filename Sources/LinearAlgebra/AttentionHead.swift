import CKernels

/// Scaled dot-product attention of one head (Vaswani et al. 2017).
public enum AttentionHead {
    /// Scratch for sequences of up to `tokens` tokens, one a thread.
    public static func scratch(tokens: Int, headSize: Int) -> Matrix {
        Matrix(rows: 1, columns: pk_attention_scratch_count(tokens, headSize))
    }

    /// Writes what each token gathers, `[tokens, headSize]` with rows `outStride` floats apart.
    ///
    /// - Parameters:
    ///   - queries, keys, values: `[tokens, headSize]`, rows `stride` floats apart.
    ///   - attended: how many of the tokens, from the first on, can be seen.
    ///   - window: how far a token sees to either side; any distance where `nil`.
    ///   - scratch: of `scratch(tokens:headSize:)` for as many tokens or more.
    public static func attend(
        queries: UnsafePointer<Float>, keys: UnsafePointer<Float>, values: UnsafePointer<Float>, stride: Int,
        tokens: Int, attended: Int, headSize: Int, window: Int? = nil, scratch: Matrix,
        into out: UnsafeMutablePointer<Float>, outStride: Int
    ) {
        precondition(scratch.count >= pk_attention_scratch_count(tokens, headSize), "too little scratch for attention")
        let result = pk_attention(
            InstructionSet.level, queries, keys, values, stride, tokens, attended, headSize, window ?? 0,
            1 / Float(headSize).squareRoot(), scratch.pointer, out, outStride)
        precondition(result == PK_OK, "attention over shapes that do not fit")
    }
}
