/// An input that the encoder cannot take.
public enum EncoderError: Error, CustomStringConvertible, Equatable {
    /// A sequence without pieces, or with more than the model has positions for.
    case sequenceLength(Int, maximum: Int)
    /// A piece id outside the embedding table.
    case piece(Int32, vocabulary: Int)
    /// States or scores that are no finite numbers.
    case notFinite

    public var description: String {
        switch self {
        case .sequenceLength(let length, let maximum):
            "a sequence of \(length) pieces cannot be encoded; the model takes 1 to \(maximum)"
        case .piece(let piece, let vocabulary):
            "piece id \(piece) is outside the model's embedding table of \(vocabulary) pieces"
        case .notFinite:
            "what the model makes of a text is not finite: its weights are finite, but too large for floats of 32 bits"
        }
    }
}
