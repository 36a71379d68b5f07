import CKernels

/// Layer normalisation (Ba et al. 2016): rows of mean 0 and variance 1, scaled by `gain` and shifted by `shift`.
public struct LayerNorm: Sendable {
    /// `[1, columns]`.
    public let gain: Matrix
    /// `[1, columns]`.
    public let shift: Matrix

    public init(gain: Matrix, shift: Matrix) {
        precondition(gain.rows == 1 && shift.rows == 1 && gain.columns == shift.columns, "a gain and a shift a column")
        self.gain = gain
        self.shift = shift
    }

    public var columns: Int { gain.columns }

    /// Normalises `rows` rows of `columns` floats in place; `epsilon` is added to the variance.
    public func normalise(_ x: UnsafeMutablePointer<Float>, rows: Int, epsilon: Float) {
        pk_layer_norm(InstructionSet.level, x, gain.pointer, shift.pointer, epsilon, rows, columns)
    }
}
