/// What a `Normalizer` does to each character, decided once for a tokenizer.
struct NormalizationRules: Sendable {
    /// In `leads` and `ascii`: the byte is dropped.
    static let removed: UInt8 = 0x80
    /// In `leads`: not ASCII, or an added piece may begin here.
    static let needsLook: UInt8 = 0x81

    let cleansText: Bool
    let separatesIdeographs: Bool
    let lowercases: Bool
    let stripsAccents: Bool
    /// Added pieces that are looked for in the raw text.
    let rawPieces: AddedPieceSet
    let recognizesSpecialPieces: Bool
    /// For each byte at which a character begins: the ASCII character that it becomes, `removed`, or `needsLook`.
    let leads: [UInt8]
    /// The same without regard to added pieces.
    let ascii: [UInt8]

    init(_ switches: WordPiece.Normalization, rawPieces: AddedPieceSet, recognizesSpecialPieces: Bool) {
        cleansText = switches.cleansText
        separatesIdeographs = switches.separatesIdeographs
        lowercases = switches.lowercases
        stripsAccents = switches.stripsAccents ?? switches.lowercases
        self.rawPieces = rawPieces
        self.recognizesSpecialPieces = recognizesSpecialPieces
        let ascii = (UInt8(0)..<128).map { byte in
            let classes = CharacterTable.shared.classes(of: UInt32(byte))
            if switches.cleansText, classes.contains(.removed) { return Self.removed }
            if switches.cleansText, classes.contains(.whitespace) { return UInt8(ascii: " ") }
            let isCapital = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            return switches.lowercases && isCapital ? byte | 0x20 : byte
        }
        leads = (UInt8(0)...255).map { byte in
            byte < 128 && !rawPieces.canBegin(with: byte) ? ascii[Int(byte)] : Self.needsLook
        }
        self.ascii = ascii
    }
}
