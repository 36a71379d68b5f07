/// Cuts a word where its script changes, and Chinese, Japanese and Korean, which are written without spaces, into
/// overlapping pairs of characters.
///
/// Pairs find any part of two characters and more; passages have the single characters too, at the same places, for
/// queries of one (Lucene's CJKBigramFilter). A character has its marks with it.
enum CJKPairs {
    /// Calls `send` with each term of a word: its units, and whether it stands at the place of the term before it and
    /// makes the passage no longer. Stops where that is not 0, and returns it.
    static func forEachTerm(
        of units: [FoldedWord.Unit], isQuery: Bool, _ send: (ArraySlice<FoldedWord.Unit>, _ isColocated: Bool) -> CInt
    ) -> CInt {
        var start = 0
        while start < units.count {
            let isEastern = isCJK(units[start].scalar)
            var end = character(at: start, of: units).upperBound
            while end < units.count, isCJK(units[end].scalar) == isEastern {
                end = character(at: end, of: units).upperBound
            }
            let code =
                isEastern
                ? pairs(of: units[start..<end], in: units, isQuery: isQuery, send) : send(units[start..<end], false)
            guard code == 0 else { return code }
            start = end
        }
        return 0
    }

    private static func pairs(
        of run: ArraySlice<FoldedWord.Unit>, in units: [FoldedWord.Unit], isQuery: Bool,
        _ send: (ArraySlice<FoldedWord.Unit>, Bool) -> CInt
    ) -> CInt {
        var previous: Range<Int>?
        var at = run.startIndex
        while at < run.endIndex {
            let character = character(at: at, of: units)
            at = character.upperBound
            if let previous {
                let code = send(units[previous.lowerBound..<character.upperBound], false)
                guard code == 0 else { return code }
            }
            let isSingle = previous == nil && at == run.endIndex
            if isSingle || !isQuery {
                let code = send(units[character], previous != nil)
                guard code == 0 else { return code }
            }
            previous = character
        }
        return 0
    }

    /// A unit and those that extend it.
    private static func character(at start: Int, of units: [FoldedWord.Unit]) -> Range<Int> {
        var end = start + 1
        while end < units.count, units[end].extends { end += 1 }
        return start..<end
    }

    /// Whether a character is of a script that is written without spaces between words, or of Korean, whose words carry
    /// endings: Han, kana, bopomofo, hangul.
    static func isCJK(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x1100...0x11FF, 0x3005...0x3007, 0x3040...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA960...0xA97F,
            0xAC00...0xD7FF, 0xF900...0xFAFF, 0xFF66...0xFFDC, 0x20000...0x3FFFF:
            true
        default: false
        }
    }
}
