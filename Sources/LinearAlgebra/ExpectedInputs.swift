/// What is known, before any text is seen, of the values that a dense layer is applied to.
public struct ExpectedInputs: Sendable {
    /// The mean of each input.
    public let means: [Float]
    /// Factors by which the inputs come to a like size; the layer's weight takes their inverses. Roots of the ratios keep a
    /// few large inputs from coarsening the scale of all others, and the weight's scale too (SmoothQuant, Xiao et al.
    /// 2023).
    let factors: [Float]
    /// The least value that occurs, where none is far below 0.
    let least: Float?

    /// - Parameters:
    ///   - means: the mean of each input.
    ///   - sizes: about the largest absolute value of each, 0 or more.
    ///   - least: the least value that occurs in any, where that is near 0 (a GELU's is -0.17).
    public init(means: [Float], sizes: [Float], least: Float? = nil) {
        self.means = means
        self.least = least
        let median = sizes.sorted()[sizes.count / 2]
        factors = sizes.map { median > 0 ? 1 / max(0.1, $0 / median).squareRoot() : 1 }
    }
}
