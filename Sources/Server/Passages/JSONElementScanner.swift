/// Finds where the elements of a JSON array end, without parsing them, so that an array of any length can be read piece
/// by piece (RFC 8259 §5). What an element holds is for a parser to judge.
package struct JSONElementScanner {
    package enum Step: Equatable {
        /// The element is not all there; `scan` goes on where it was when the same bytes come with more behind them.
        case needsMore
        /// An element of `length` bytes, `skipped` bytes from the start.
        case element(length: Int, skipped: Int)
        /// The array's end, with the bytes up to and including the bracket.
        case end(length: Int)
        case malformed
    }

    private var isFirst = true
    /// Progress within an element that was not all there.
    private var scanned = 0
    private var depth = 0
    private var isInString = false
    private var isEscaped = false

    package init() {}

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    /// Looks at what follows the bracket or the last element.
    package mutating func scan(_ bytes: ArraySlice<UInt8>) -> Step {
        var place = bytes.startIndex
        func skipSpace() -> UInt8? {
            while place < bytes.endIndex, Self.isSpace(bytes[place]) { place += 1 }
            return place < bytes.endIndex ? bytes[place] : nil
        }
        guard let first = skipSpace() else { return .needsMore }
        if first == UInt8(ascii: "]") { return .end(length: place + 1 - bytes.startIndex) }
        if !isFirst {
            guard first == UInt8(ascii: ",") else { return .malformed }
            place += 1
            guard let next = skipSpace() else { return .needsMore }
            if next == UInt8(ascii: "]") { return .malformed }
        }
        if bytes[place] == UInt8(ascii: ",") || bytes[place] == UInt8(ascii: "}") { return .malformed }
        let start = place
        for index in (start + scanned)..<bytes.endIndex where ends(at: bytes[index]) {
            (isFirst, scanned, depth, isInString) = (false, 0, 0, false)
            return .element(length: index - start, skipped: start - bytes.startIndex)
        }
        scanned = bytes.endIndex - start
        return .needsMore
    }

    /// Whether the element ends before a byte, which is looked at once.
    private mutating func ends(at byte: UInt8) -> Bool {
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
            return false
        }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            if depth == 0 { return true }
            depth -= 1
        case UInt8(ascii: ","): return depth == 0
        default: break
        }
        return false
    }
}
