/// What Hugging Face's `tokenizers` makes of each Unicode scalar: its classes, lowercase, canonical decomposition and
/// combining class.
///
/// The library mixes crates of several Unicode versions, so these are its own tables (`UnicodeTables`), not Swift's.
struct CharacterTable: Sendable {
    /// The classes of one scalar.
    struct Classes: OptionSet {
        let rawValue: UInt8
        static let removed = Classes(rawValue: 1)
        static let whitespace = Classes(rawValue: 2)
        static let punctuation = Classes(rawValue: 4)
        static let ideograph = Classes(rawValue: 8)
        static let nonspacing = Classes(rawValue: 16)
        static let combining = Classes(rawValue: 32)
        static let decomposes = Classes(rawValue: 64)
        static let lowercases = Classes(rawValue: 128)
    }

    static let shared = CharacterTable()

    /// The one scalar whose lowercase is two: `İ` becomes `i` and a dot above.
    private static let dottedI: UInt32 = 0x130
    private static let hangul: ClosedRange<UInt32> = 0xAC00...0xD7A3

    private var classes = [UInt8](repeating: 0, count: 0x110000)
    private var lowercase = ScalarMap<UInt32>()
    private var combining = ScalarMap<UInt8>()
    /// For each scalar that decomposes, where its parts stand in `parts`.
    private var decompositions = ScalarMap<Range<Int32>>()
    private var parts: [UInt32] = []

    private init() {
        readClass(UnicodeTables.removed, .removed)
        readClass(UnicodeTables.whitespace, .whitespace)
        readClass(UnicodeTables.punctuation, .punctuation)
        readClass(UnicodeTables.ideographs, .ideograph)
        readClass(UnicodeTables.nonspacing, .nonspacing)
        readCombiningClasses()
        readLowercase()
        readDecompositions()
    }

    @inline(__always)
    func classes(of scalar: UInt32) -> Classes {
        Classes(rawValue: classes[Int(scalar)])
    }

    /// The canonical combining class; 0 for a scalar that does not combine.
    func combiningClass(of scalar: UInt32) -> UInt8 {
        classes(of: scalar).contains(.combining) ? combining[scalar] ?? 0 : 0
    }

    /// Calls `body` with each scalar of the lowercase form.
    @inline(__always)
    func forEachLowercase(of scalar: UInt32, _ body: (UInt32) -> Void) {
        guard classes(of: scalar).contains(.lowercases) else { return body(scalar) }
        if scalar == Self.dottedI {
            body(0x69)
            body(0x307)
        } else {
            body(lowercase[scalar] ?? scalar)
        }
    }

    /// Calls `body` with each scalar of the full canonical decomposition, not yet reordered.
    @inline(__always)
    func forEachDecomposed(of scalar: UInt32, _ body: (UInt32) -> Void) {
        guard classes(of: scalar).contains(.decomposes) else { return body(scalar) }
        if Self.hangul.contains(scalar) {
            // Unicode standard, section 3.12: syllables are laid out as leading, vowel, trailing.
            let index = scalar - Self.hangul.lowerBound
            body(0x1100 + index / 588)
            body(0x1161 + index % 588 / 28)
            if index % 28 != 0 { body(0x11A7 + index % 28) }
        } else if let range = decompositions[scalar] {
            for at in range { body(parts[Int(at)]) }
        }
    }

    /// The scalars that decompose, Hangul left out.
    var decomposing: [UInt32] { decompositions.keys }

    private mutating func mark(_ scalar: UInt32, _ added: Classes) {
        classes[Int(scalar)] |= added.rawValue
    }

    private mutating func readClass(_ table: StaticString, _ added: Classes) {
        var numbers = VariableLengthNumbers(table)
        numbers.forEachRange { for scalar in $0 { mark(scalar, added) } }
    }

    private mutating func readCombiningClasses() {
        var numbers = VariableLengthNumbers(UnicodeTables.combining)
        var found: [(key: UInt32, value: UInt8)] = []
        while let value = numbers.next(), let length = numbers.next() {
            var ranges = numbers.prefix(Int(length))
            ranges.forEachRange {
                for scalar in $0 {
                    mark(scalar, .combining)
                    found.append((scalar, UInt8(value)))
                }
            }
        }
        for (key, value) in found.sorted(by: { $0.key < $1.key }) { combining.append(key, value) }
    }

    private mutating func readLowercase() {
        var numbers = VariableLengthNumbers(UnicodeTables.lowercase)
        var end: UInt32 = 0
        while let gap = numbers.next(), let count = numbers.next(), let step = numbers.next(),
            let offset = numbers.nextSigned()
        {
            for scalar in stride(from: end + gap, through: end + gap + (count - 1) * step, by: Int(step)) {
                mark(scalar, .lowercases)
                lowercase.append(scalar, UInt32(Int32(scalar) + offset))
            }
            end += gap + (count - 1) * step + 1
        }
        mark(Self.dottedI, .lowercases)
    }

    private mutating func readDecompositions() {
        var numbers = VariableLengthNumbers(UnicodeTables.decompositions)
        var scalar: UInt32 = 0
        var previous: [Int32] = [0, 0, 0, 0]
        while let gap = numbers.next(), let length = numbers.next() {
            scalar += gap
            let start = Int32(parts.count)
            for place in 0..<Int(length) {
                previous[place] += numbers.nextSigned() ?? 0
                parts.append(UInt32(previous[place]))
            }
            mark(scalar, .decomposes)
            decompositions.append(scalar, start..<Int32(parts.count))
        }
        for syllable in Self.hangul { mark(syllable, .decomposes) }
    }
}
