/// Normalization form C (Unicode standard annex 15) with the tables of Hugging Face's `tokenizers`.
enum ComposedForm {
    private struct Part {
        let scalar: UInt32
        let combiningClass: UInt8
        let source: Range<Int>
    }

    private static let hangul: Range<UInt32> = 0xAC00..<0xD7A4
    private static let leadingJamo: Range<UInt32> = 0x1100..<0x1113
    private static let vowelJamo: Range<UInt32> = 0x1161..<0x1176
    private static let trailingJamo: Range<UInt32> = 0x11A8..<0x11C3

    /// The composites by their two parts, `first << 32 | second`.
    private static let composites: [UInt64: UInt32] = {
        var composites: [UInt64: UInt32] = [:]
        // A composite's own first part may be one, which has fewer scalars in full.
        var waiting: [(scalar: UInt32, parts: [UInt32])] = []
        for scalar in CharacterTable.shared.decomposing where !CharacterTraits.shared[scalar].contains(.uncomposed) {
            var parts: [UInt32] = []
            CharacterTable.shared.forEachDecomposed(of: scalar) { parts.append($0) }
            waiting.append((scalar, parts))
        }
        for (scalar, parts) in waiting.sorted(by: { $0.parts.count < $1.parts.count }) {
            guard let last = parts.last, var first = parts.first else { continue }
            for part in parts.dropFirst().dropLast() { first = composites[key(first, part)] ?? first }
            composites[key(first, last)] = scalar
        }
        return composites
    }()

    /// The second parts of composites that are no marks.
    private static let joiningStarters = Set(
        composites.keys.map { UInt32(truncatingIfNeeded: $0) }
            .filter { CharacterTable.shared.combiningClass(of: $0) == 0 })

    private static func key(_ first: UInt32, _ second: UInt32) -> UInt64 { UInt64(first) << 32 | UInt64(second) }

    /// Whether anything stands at or above U+0300; below, nothing composes or decomposes.
    static func mayChange(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.contains { $0 >= 0xCC }
    }

    static func of(_ text: AlignedText) -> AlignedText {
        var result = AlignedText(recordsSources: text.recordsSources)
        result.reserve(text.bytes.count)
        for part in composed(decomposed(text)) { result.append(part.scalar, source: part.source) }
        return result
    }

    private static func decomposed(_ text: AlignedText) -> [Part] {
        var parts: [Part] = []
        parts.reserveCapacity(text.bytes.count)
        text.bytes.withUnsafeBufferPointer { bytes in
            var at = 0
            while at < bytes.count {
                let (scalar, length) = UTF8Decoding.scalar(of: bytes, at: at)
                let source = text.source(of: at..<at + length)
                at += length
                CharacterTable.shared.forEachDecomposed(of: scalar) { scalar in
                    let combiningClass = CharacterTable.shared.combiningClass(of: scalar)
                    parts.append(Part(scalar: scalar, combiningClass: combiningClass, source: source))
                }
            }
        }
        orderMarks(of: &parts)
        return parts
    }

    /// Puts the marks of each character in order of their classes, those of one class as they came.
    private static func orderMarks(of parts: inout [Part]) {
        var start = 0
        while start < parts.count {
            let end = parts[start...].firstIndex { $0.combiningClass == 0 } ?? parts.count
            let marks = parts[start..<end]
            if marks.count > 1 {
                let order = marks.indices.sorted {
                    (parts[$0].combiningClass, $0) < (parts[$1].combiningClass, $1)
                }
                // Sources stay in order of place, so that ranges never run backwards.
                let ordered = zip(order, marks).map { place, stood in
                    Part(
                        scalar: parts[place].scalar, combiningClass: parts[place].combiningClass, source: stood.source)
                }
                parts.replaceSubrange(start..<end, with: ordered)
            }
            start = end + 1
        }
    }

    private static func composed(_ parts: [Part]) -> [Part] {
        var result: [Part] = []
        result.reserveCapacity(parts.count)
        var starter: Int?
        for part in parts {
            if let starter, starter == result.count - 1 || blocks(result[result.count - 1], part) == false,
                let whole = composite(result[starter].scalar, part.scalar)
            {
                let source = result[starter].source
                result[starter] = Part(
                    scalar: whole, combiningClass: 0,
                    source: min(
                        source.lowerBound, part.source.lowerBound)..<max(source.upperBound, part.source.upperBound))
                continue
            }
            if part.combiningClass == 0 { starter = result.count }
            result.append(part)
        }
        return result
    }

    /// Whether what stands before a part keeps it from its starter (definition D115).
    private static func blocks(_ before: Part, _ part: Part) -> Bool {
        before.combiningClass == 0 || before.combiningClass >= part.combiningClass
    }

    private static func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if leadingJamo.contains(first), vowelJamo.contains(second) {
            return hangul.lowerBound
                + ((first - leadingJamo.lowerBound) * 21 + (second - vowelJamo.lowerBound)) * 28
        }
        if hangul.contains(first), (first - hangul.lowerBound) % 28 == 0, trailingJamo.contains(second) {
            return first + (second - trailingJamo.lowerBound + 1)
        }
        guard CharacterTable.shared.combiningClass(of: second) > 0 || joiningStarters.contains(second) else {
            return nil
        }
        return composites[key(first, second)]
    }
}
