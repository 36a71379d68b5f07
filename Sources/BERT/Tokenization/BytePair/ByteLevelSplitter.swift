/// Cuts text into words as GPT-2's regular expression does:
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// A word takes the one space before it; of several blanks before a word, all but the last are a word of their own.
struct ByteLevelSplitter {
    private enum Kind: UInt8 {
        case letter, number, blank, other

        init(_ scalar: UInt32) {
            let traits = CharacterTraits.shared[scalar]
            self =
                traits.contains(.letter)
                ? .letter
                : traits.contains(.number)
                    ? .number
                    : CharacterTable.shared.classes(of: scalar).contains(.whitespace) ? .blank : .other
        }

        static let ascii = (UInt32(0)..<128).map(Kind.init)
    }

    private let text: UnsafeBufferPointer<UInt8>
    private var at = 0
    private let asciiKinds = Kind.ascii
    private static let contractions = ["s", "t", "re", "ve", "m", "ll", "d"].map { Array($0.utf8) }

    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
    }

    /// The next word; nil at the end.
    mutating func next() -> Range<Int>? {
        guard at < text.count else { return nil }
        let start = at
        at = end(of: start)
        return start..<at
    }

    @inline(__always)
    private func kind(at offset: Int) -> (kind: Kind, length: Int) {
        let lead = text[offset]
        if lead < 0x80 { return (asciiKinds[Int(lead)], 1) }
        let (scalar, length) = UTF8Decoding.scalar(of: text, at: offset)
        return (Kind(scalar), length)
    }

    private func end(of start: Int) -> Int {
        if text[start] == UInt8(ascii: "'") {
            let rest = text[(start + 1)...]
            if let match = Self.contractions.first(where: { rest.starts(with: $0) }) { return start + 1 + match.count }
        }
        var (first, length) = kind(at: start)
        if first == .blank {
            guard text[start] == UInt8(ascii: " "), start + 1 < text.count else { return endOfBlanks(from: start) }
            let following = kind(at: start + 1)
            guard following.kind != .blank else { return endOfBlanks(from: start) }
            (first, length) = (following.kind, 1 + following.length)
        }
        var end = start + length
        while end < text.count {
            let next = kind(at: end)
            guard next.kind == first else { break }
            end += next.length
        }
        return end
    }

    /// All blanks at the end of the text, and before a word all but the last, where there are several.
    private func endOfBlanks(from start: Int) -> Int {
        var (last, end) = (start, start)
        while end < text.count {
            let next = kind(at: end)
            guard next.kind == .blank else { return last > start ? last : end }
            (last, end) = (end, end + next.length)
        }
        return end
    }
}
