/// What the regular expressions and normalizations of byte-pair and unigram tokenizers make of each Unicode scalar,
/// read off Hugging Face's `tokenizers` like `CharacterTable`, and apart from it because WordPiece needs none of this.
struct CharacterTraits: Sendable {
    struct Traits: OptionSet {
        let rawValue: UInt8
        /// `\p{L}` and `\p{N}`.
        static let letter = Traits(rawValue: 1)
        static let number = Traits(rawValue: 2)
        /// Joins the grapheme cluster before it, or the scalar after it; ends a cluster on both sides.
        static let extends = Traits(rawValue: 4)
        static let prepends = Traits(rawValue: 8)
        static let controls = Traits(rawValue: 16)
        /// Decomposes and is not composed again.
        static let uncomposed = Traits(rawValue: 32)
    }

    static let shared = CharacterTraits()

    private var traits = [UInt8](repeating: 0, count: 0x110000)

    private init() {
        let tables: [(StaticString, Traits)] = [
            (UnicodeTables.letters, .letter), (UnicodeTables.numbers, .number), (UnicodeTables.extending, .extends),
            (UnicodeTables.prepending, .prepends), (UnicodeTables.controls, .controls),
            (UnicodeTables.uncomposed, .uncomposed),
        ]
        for (table, trait) in tables {
            var numbers = VariableLengthNumbers(table)
            numbers.forEachRange { range in
                for scalar in range { traits[Int(scalar)] |= trait.rawValue }
            }
        }
    }

    @inline(__always)
    subscript(_ scalar: UInt32) -> Traits { Traits(rawValue: traits[Int(scalar)]) }
}
