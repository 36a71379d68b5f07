/// One step of a `tokenizer.json`'s normalizer.
enum TextNormalization: Sendable {
    /// Unicode's canonical composition.
    case composed
    /// SentencePiece's table of rewritten characters.
    case characterMap(CharacterMap)
    /// White space removed at the ends.
    case stripped(left: Bool, right: Bool)
    /// Every occurrence of some bytes replaced.
    case replaced([UInt8], by: [UInt8])
    /// Every run of two or more spaces replaced.
    case spacesReplaced(by: [UInt8])

    /// Whether the step may change this text; where it says no, it does not.
    func changes(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .composed: ComposedForm.mayChange(text)
        case .characterMap(let map): map.mayChange(text)
        case .stripped, .replaced, .spacesReplaced: true
        }
    }

    func apply(to text: AlignedText) -> AlignedText {
        switch self {
        case .composed: ComposedForm.of(text)
        case .characterMap(let map): map.apply(to: text)
        case .stripped(let left, let right): Self.strip(text, left: left, right: right)
        case .replaced(let pattern, let replacement):
            Self.replace(text, by: replacement) { bytes, at in
                bytes[at...].starts(with: pattern) ? pattern.count : 0
            }
        case .spacesReplaced(let replacement):
            Self.replace(text, by: replacement) { bytes, at in
                let count = bytes[at...].prefix { $0 == UInt8(ascii: " ") }.count
                return count >= 2 ? count : 0
            }
        }
    }

    private static func strip(_ text: AlignedText, left: Bool, right: Bool) -> AlignedText {
        var result = text
        let (low, high) = text.bytes.withUnsafeBufferPointer { bytes in
            var (low, high) = (0, bytes.count)
            while right, high > 0, let space = WhiteSpace.length(in: bytes, before: high) { high -= space }
            while left, low < high, let space = WhiteSpace.length(in: bytes, at: low) { low += space }
            return (low, high)
        }
        result.remove(high..<text.bytes.count)
        result.remove(0..<low)
        return result
    }

    /// - Parameter length: how many bytes at a place are to be replaced; 0 for none.
    private static func replace(
        _ text: AlignedText, by replacement: [UInt8], length: (UnsafeBufferPointer<UInt8>, Int) -> Int
    ) -> AlignedText {
        var result = AlignedText(recordsSources: text.recordsSources)
        result.reserve(text.bytes.count)
        text.bytes.withUnsafeBufferPointer { bytes in
            var (at, kept) = (0, 0)
            while at < bytes.count {
                let count = length(bytes, at)
                guard count > 0 else {
                    at += 1
                    continue
                }
                result.append(text, kept..<at)
                result.append(replacement, source: text.source(of: at..<at + count))
                at += count
                kept = at
            }
            result.append(text, kept..<at)
        }
        return result
    }
}
