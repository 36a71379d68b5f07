extension GitIgnorePattern {
    /// Translates a pattern without its `!` and outer slashes; `nil` where it is malformed.
    static func steps(of pattern: [UInt8], isPath: Bool) -> [Step]? {
        var steps: [Step] = []
        var position = 0
        while position < pattern.count {
            switch pattern[position] {
            case UInt8(ascii: "\\"):
                guard position + 1 < pattern.count else { return nil }
                steps.append(.byte(pattern[position + 1]))
                position += 2
            case UInt8(ascii: "?"):
                steps.append(.any)
                position += 1
            case UInt8(ascii: "["):
                guard let (set, end) = byteSet(in: pattern, at: position + 1) else { return nil }
                steps.append(.oneOf(set))
                position = end
            case UInt8(ascii: "*"):
                position = appendStars(of: pattern, at: position, isPath: isPath, to: &steps)
            case let byte:
                steps.append(.byte(byte))
                position += 1
            }
        }
        return steps
    }

    /// Two stars or more are special only where they stand alone between slashes. Returns the position after them.
    private static func appendStars(
        of pattern: [UInt8], at start: Int, isPath: Bool, to steps: inout [Step]
    ) -> Int {
        let end = pattern[start...].firstIndex { $0 != UInt8(ascii: "*") } ?? pattern.count
        let slash = UInt8(ascii: "/")
        guard isPath, end - start > 1, start == 0 || pattern[start - 1] == slash else {
            steps.append(.star)
            return end
        }
        if end == pattern.count {
            steps.append(.everything)
            return end
        }
        guard pattern[end] == slash else {
            steps.append(.star)
            return end
        }
        steps.append(.optionalFolders)
        steps.append(.throughSlash)
        return end + 1
    }

    /// The set of `[…]`, read from after the opening bracket, and the position after the closing one.
    private static func byteSet(in pattern: [UInt8], at start: Int) -> (ByteSet, end: Int)? {
        var set = ByteSet()
        var position = start
        let isInverted = position < pattern.count && (pattern[position] == 0x21 || pattern[position] == 0x5E)  // ! ^
        if isInverted { position += 1 }
        let first = position
        var lower: UInt8?  // what a following '-' would make a range from
        while position < pattern.count {
            let byte = pattern[position]
            if byte == UInt8(ascii: "]"), position > first {
                return (isInverted ? set.inverted : set, position + 1)
            }
            if byte == UInt8(ascii: "["), position + 1 < pattern.count, pattern[position + 1] == UInt8(ascii: ":") {
                let rest = pattern[(position + 2)...]
                guard let close = rest.firstIndex(of: UInt8(ascii: "]")) else { return nil }
                if close > position + 2, pattern[close - 1] == UInt8(ascii: ":") {
                    let name = String(decoding: pattern[(position + 2)..<(close - 1)], as: UTF8.self)
                    guard set.insert(characterClass: name) else { return nil }
                    position = close + 1
                    lower = nil
                    continue
                }
            }
            if byte == UInt8(ascii: "-"), let from = lower, position + 1 < pattern.count,
                pattern[position + 1] != UInt8(ascii: "]")
            {
                guard let (upper, end) = member(of: pattern, at: position + 1) else { return nil }
                if from <= upper { set.insert(from...upper) }
                position = end
                lower = nil
                continue
            }
            guard let (single, end) = member(of: pattern, at: position) else { return nil }
            set.insert(single...single)
            position = end
            lower = single
        }
        return nil
    }

    private static func member(of pattern: [UInt8], at position: Int) -> (UInt8, end: Int)? {
        guard pattern[position] == UInt8(ascii: "\\") else { return (pattern[position], position + 1) }
        return position + 1 < pattern.count ? (pattern[position + 1], position + 2) : nil
    }
}
