/// The names of the pieces that a model's inputs are framed with.
public struct SpecialPieces: Sendable, Equatable {
    public let pad: String
    public let unk: String
    public let cls: String
    public let sep: String
    public let mask: String

    /// BERT's, which DistilBERT, ELECTRA and ModernBERT share.
    public static let bert = SpecialPieces(pad: "[PAD]", unk: "[UNK]", cls: "[CLS]", sep: "[SEP]", mask: "[MASK]")
    /// RoBERTa's, which XLM-R shares.
    public static let roberta = SpecialPieces(pad: "<pad>", unk: "<unk>", cls: "<s>", sep: "</s>", mask: "<mask>")

    /// Those that are known.
    static let families = [bert, roberta]

    /// All five, in the order in which BERT's vocabulary has them.
    public var all: [String] { [pad, unk, cls, sep, mask] }
}
