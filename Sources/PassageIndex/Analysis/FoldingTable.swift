/// What becomes of each Unicode scalar on the way to a term: what separates words, which marks stay in them, and what a
/// letter is folded to.
///
/// The tables are the index's own (`Tests/Reference/folding_table.py`), not Swift's or SQLite's: terms lie on disk, and
/// those of a query must be theirs whatever this build was made with.
final class FoldingTable: Sendable {
    enum Kind: UInt8 {
        case separator, letter
        /// A mark that stays in its word: vowel signs, viramas, tones, voicing.
        case mark
        /// A mark that its word loses, an accent or a vowel point.
        case droppedMark
        /// Without a width or a meaning of its own: soft hyphens, joiners, marks of direction.
        case ignorable
        /// Takes room in a word that loses it: the tatweel, fillers.
        case droppedLetter
    }

    /// What is known of a scalar without looking further.
    struct Entry {
        fileprivate var bits: UInt8

        @inline(__always) var kind: Kind { Kind(rawValue: bits & 7) ?? .separator }
        /// Whether the scalar is folded to others.
        @inline(__always) var folds: Bool { bits & 8 != 0 }
        /// Whether it may compose with the scalar before it, or has a combining class.
        @inline(__always) var joins: Bool { bits & 16 != 0 }
    }

    static let shared = FoldingTable()

    private static let hangul: Range<UInt32> = 0xAC00..<0xD7A4
    private static let leadingJamo: Range<UInt32> = 0x1100..<0x1113
    private static let vowelJamo: Range<UInt32> = 0x1161..<0x1176
    private static let trailingJamo: Range<UInt32> = 0x11A8..<0x11C3

    private let bits: [UInt8]
    private let classes: [UInt32: UInt8]
    private let composites: [UInt64: UInt32]
    /// What folds, ascending, and where its scalars begin in `forms`; one more start is the end.
    private let folding: [UInt32]
    private let starts: [Int32]
    private let forms: [UInt32]
    /// What the first scalars fold to where that is one scalar, 0 for others: Latin, Greek and Cyrillic capitals and
    /// accents.
    private let single: [UInt32]

    private init() {
        var bits = [UInt8](repeating: 0, count: 0x110000)
        var classes: [UInt32: UInt8] = [:]
        Self.forEachRun(Self.kindsCode) { range, kind in
            for scalar in range { bits[scalar] = UInt8(truncatingIfNeeded: kind) }
        }
        Self.forEachRun(Self.combiningCode) { range, combiningClass in
            for scalar in range {
                bits[scalar] |= 16
                classes[UInt32(scalar)] = UInt8(truncatingIfNeeded: combiningClass)
            }
        }
        (folding, starts, forms) = Self.readFoldings(&bits)
        composites = Self.readComposites(&bits)
        var single = [UInt32](repeating: 0, count: 0x2000)
        for (place, scalar) in folding.enumerated()
        where Int(scalar) < single.count && starts[place + 1] - starts[place] == 1 {
            single[Int(scalar)] = forms[Int(starts[place])]
        }
        self.single = single
        self.bits = bits
        self.classes = classes
    }

    /// - Parameter scalar: at most U+10FFFF.
    @inline(__always)
    subscript(scalar: UInt32) -> Entry { Entry(bits: bits[Int(scalar)]) }

    /// The canonical combining class of a scalar that terms keep; 0 for others.
    func combiningClass(of scalar: UInt32) -> UInt8 {
        self[scalar].joins ? classes[scalar] ?? 0 : 0
    }

    /// What a scalar that folds is folded to, where that is one and quickly told; 0 elsewhere.
    @inline(__always)
    func foldedQuickly(_ scalar: UInt32) -> UInt32 { scalar < single.count ? single[Int(scalar)] : 0 }

    /// The scalars of what a scalar is folded to.
    func folded(_ scalar: UInt32) -> ArraySlice<UInt32> {
        var (low, high) = (0, folding.count)
        while low < high {
            let middle = (low + high) / 2
            if folding[middle] < scalar { low = middle + 1 } else { high = middle }
        }
        guard low < folding.count, folding[low] == scalar else { return [scalar] }
        return forms[Int(starts[low])..<Int(starts[low + 1])]
    }

    /// What two scalars that stand together compose to, where that is a letter of its own.
    func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        guard self[second].joins else { return nil }
        if Self.leadingJamo.contains(first), Self.vowelJamo.contains(second) {
            let index = (first - Self.leadingJamo.lowerBound) * 21 + (second - Self.vowelJamo.lowerBound)
            return Self.hangul.lowerBound + index * 28
        }
        if Self.hangul.contains(first), (first - Self.hangul.lowerBound) % 28 == 0, Self.trailingJamo.contains(second) {
            return first + (second - Self.trailingJamo.lowerBound + 1)
        }
        return composites[Self.key(first, second)]
    }

    private static func key(_ first: UInt32, _ second: UInt32) -> UInt64 { UInt64(first) << 32 | UInt64(second) }

    private static func forEachRun(_ code: StaticString, _ body: (Range<Int>, UInt32) -> Void) {
        var numbers = PackedNumbers(code)
        var end = 0
        while let gap = numbers.next(), let length = numbers.next(), let value = numbers.next() {
            let start = end + Int(gap)
            end = start + Int(length)
            body(start..<end, value)
        }
    }

    private static func readFoldings(
        _ bits: inout [UInt8]
    ) -> (folding: [UInt32], starts: [Int32], forms: [UInt32]) {
        var (folding, starts, forms): ([UInt32], [Int32], [UInt32]) = ([], [], [])
        var numbers = PackedNumbers(foldingsCode)
        var scalar: UInt32 = 0
        var last = [Int32](repeating: 0, count: 32)
        while let gap = numbers.next(), let length = numbers.next() {
            scalar += gap
            last[0] += Int32(gap)
            folding.append(scalar)
            starts.append(Int32(forms.count))
            for place in 0..<Int(length) {
                last[place] += numbers.nextSigned() ?? 0
                forms.append(UInt32(last[place]))
            }
            bits[Int(scalar)] |= 8
        }
        starts.append(Int32(forms.count))
        return (folding, starts, forms)
    }

    private static func readComposites(_ bits: inout [UInt8]) -> [UInt64: UInt32] {
        var composites: [UInt64: UInt32] = [:]
        var numbers = PackedNumbers(compositesCode)
        var (first, second, whole): (Int32, Int32, Int32) = (0, 0, 0)
        while let one = numbers.nextSigned(), let two = numbers.nextSigned(), let three = numbers.nextSigned() {
            first += one
            second += two
            whole += three
            bits[Int(second)] |= 16
            composites[key(UInt32(first), UInt32(second))] = UInt32(whole)
        }
        for jamo in [vowelJamo, trailingJamo].joined() { bits[Int(jamo)] |= 16 }
        return composites
    }
}

/// Reads the numbers of a table: base-64 digits of five bits each, low bits first, the sixth bit set on all but a
/// number's last digit. Line breaks are passed over.
private struct PackedNumbers {
    private var digits: UnsafeBufferPointer<UInt8>.SubSequence

    init(_ code: StaticString) {
        digits = UnsafeBufferPointer(start: code.utf8Start, count: code.utf8CodeUnitCount)[...]
    }

    mutating func next() -> UInt32? {
        var (value, shift): (UInt32, UInt32) = (0, 0)
        while let byte = digits.popFirst() {
            guard let digit = Self.digit(byte) else { continue }
            value |= UInt32(digit & 31) << shift
            if digit < 32 { return value }
            shift += 5
        }
        return nil
    }

    /// The next number, zigzag-coded.
    mutating func nextSigned() -> Int32? {
        next().map { Int32($0 >> 1) ^ -Int32($0 & 1) }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
