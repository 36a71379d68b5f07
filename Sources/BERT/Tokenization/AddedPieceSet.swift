/// Added pieces ready to be looked for: at one place of a text the longest wins, as in `tokenizers`.
struct AddedPieceSet: Sendable {
    struct Match {
        let id: Int32
        let isSpecial: Bool
        /// In bytes.
        let length: Int
    }

    private struct Pattern {
        let bytes: [UInt8]
        let id: Int32
        let isSpecial: Bool
    }

    /// Longest first.
    private let patterns: [Pattern]
    /// Whether a pattern begins with each byte.
    private let begins: [Bool]

    init(_ pieces: some Sequence<(bytes: [UInt8], piece: AddedPiece)>) {
        patterns = pieces.filter { !$0.bytes.isEmpty }
            .map { Pattern(bytes: $0.bytes, id: $0.piece.id, isSpecial: $0.piece.isSpecial) }
            .sorted { $0.bytes.count > $1.bytes.count }
        var begins = [Bool](repeating: false, count: 256)
        for pattern in patterns { begins[Int(pattern.bytes[0])] = true }
        self.begins = begins
    }

    var isEmpty: Bool { patterns.isEmpty }

    func canBegin(with byte: UInt8) -> Bool { begins[Int(byte)] }

    /// The longest piece that stands at `offset` of `text`.
    func match(in text: UnsafeBufferPointer<UInt8>, at offset: Int) -> Match? {
        guard begins[Int(text[offset])] else { return nil }
        let rest = text[offset...]
        return patterns.first { rest.starts(with: $0.bytes) }
            .map { Match(id: $0.id, isSpecial: $0.isSpecial, length: $0.bytes.count) }
    }
}
