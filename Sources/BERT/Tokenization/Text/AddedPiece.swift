/// A piece that is found in raw text as it stands, before words are split: `[SEP]`, or a marker added in training.
public struct AddedPiece: Sendable, Equatable {
    public let content: String
    public let id: Int32
    /// Whether it steers the model (`[SEP]`) rather than being a word that training added.
    public let isSpecial: Bool
    /// Whether it is looked for, itself normalized, in the normalized text.
    public let isNormalized: Bool
    /// Whether white space beside it belongs to it.
    public let takesSpaceBefore: Bool
    public let takesSpaceAfter: Bool

    public init(
        content: String, id: Int32, isSpecial: Bool = true, isNormalized: Bool = false, takesSpaceBefore: Bool = false,
        takesSpaceAfter: Bool = false
    ) {
        self.content = content
        self.id = id
        self.isSpecial = isSpecial
        self.isNormalized = isNormalized
        self.takesSpaceBefore = takesSpaceBefore
        self.takesSpaceAfter = takesSpaceAfter
    }
}

extension [AddedPiece] {
    /// The same, with those of these names steering the model, and no others, whatever their file says.
    func steering(_ names: [String]) -> [AddedPiece] {
        map { piece in
            let isSpecial = names.contains { $0.utf8.elementsEqual(piece.content.utf8) }
            guard piece.isSpecial != isSpecial else { return piece }
            return AddedPiece(
                content: piece.content, id: piece.id, isSpecial: isSpecial, isNormalized: piece.isNormalized,
                takesSpaceBefore: piece.takesSpaceBefore, takesSpaceAfter: piece.takesSpaceAfter)
        }
    }
}
