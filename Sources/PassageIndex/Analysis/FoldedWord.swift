/// A word that has other characters than ASCII, prepared: folded to what `FoldingTable` says, its marks in canonical order
/// and composed (Unicode standard annex 15), each scalar with the bytes of the text that it was made of.
struct FoldedWord {
    /// A scalar of the prepared word.
    struct Unit {
        var scalar: UInt32
        /// Bytes of the text, with the marks that were dropped after it.
        var start: Int32
        var end: Int32
        /// Whether it belongs to the character before it: a mark, or the rest of a syllable in jamo.
        var extends: Bool
    }

    private(set) var units: [Unit] = []
    private var needsComposition = false

    /// Reads the word that begins at `start` with a letter.
    ///
    /// - Parameter limit: units that are kept; what follows belongs to the word but not to its term.
    /// - Returns: where the word and what cannot be seen after it end.
    mutating func read(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, limit: Int, _ table: FoldingTable) -> Int {
        // A long one need not keep its room for all that follow.
        if units.capacity > 1 << 16 { units = [] }
        units.removeAll(keepingCapacity: true)
        needsComposition = false
        var at = start
        while at < bytes.count {
            if bytes[at] < 0x80 {
                let folded = ASCIILetter.folded(bytes[at])
                guard folded != 0 else { break }
                append(UInt32(folded), at, at + 1, .letter, joins: false, limit)
                at += 1
                continue
            }
            let (scalar, length) = UTF8Scalar.read(bytes, at)
            let entry = table[scalar]
            let end = at + length
            switch entry.kind {
            case .separator:
                finish(table)
                return at
            case .letter, .mark:
                guard entry.folds else {
                    append(scalar, at, end, entry.kind, joins: entry.joins, limit)
                    break
                }
                let quick = table.foldedQuickly(scalar)
                if quick != 0, table[quick].kind == .letter, !table[quick].joins {
                    append(quick, at, end, .letter, joins: false, limit)
                    break
                }
                for part in table.folded(scalar) {
                    append(part, at, end, table[part].kind, joins: table[part].joins, limit)
                }
            case .droppedMark:
                if let last = units.indices.last {
                    // A few make another letter of theirs: и and й are two.
                    if entry.joins, let whole = table.composite(units[last].scalar, scalar) {
                        units[last].scalar = whole
                    }
                    units[last].end = Int32(truncatingIfNeeded: end)
                }
            case .droppedLetter:
                if let last = units.indices.last { units[last].end = Int32(truncatingIfNeeded: end) }
            case .ignorable: break
            }
            at = end
        }
        finish(table)
        return at
    }

    @inline(__always)
    private mutating func append(
        _ scalar: UInt32, _ start: Int, _ end: Int, _ kind: FoldingTable.Kind, joins: Bool, _ limit: Int
    ) {
        guard units.count < limit else {
            units[units.count - 1].end = Int32(truncatingIfNeeded: end)
            return
        }
        // A mark belongs to what stands before it, here to nothing.
        if kind == .mark, units.isEmpty { return }
        if joins { needsComposition = true }
        units.append(
            Unit(
                scalar: scalar, start: Int32(truncatingIfNeeded: start), end: Int32(truncatingIfNeeded: end),
                extends: kind == .mark))
    }

    private mutating func finish(_ table: FoldingTable) {
        guard needsComposition else { return }
        orderMarks(table)
        compose(table)
        for place in units.indices.dropFirst()
        where HangulJamo.continues(units[place].scalar) && HangulJamo.isJamo(units[place - 1].scalar) {
            units[place].extends = true
        }
    }

    /// Puts the marks of each character in order of their classes, those of one class as they came.
    private mutating func orderMarks(_ table: FoldingTable) {
        var start = 0
        while start < units.count {
            guard table.combiningClass(of: units[start].scalar) > 0 else {
                start += 1
                continue
            }
            var end = start + 1
            var isOrdered = true
            while end < units.count {
                let combiningClass = table.combiningClass(of: units[end].scalar)
                guard combiningClass > 0 else { break }
                isOrdered = isOrdered && combiningClass >= table.combiningClass(of: units[end - 1].scalar)
                end += 1
            }
            if !isOrdered {
                let marks = units[start..<end].enumerated()
                    .map { (combiningClass: table.combiningClass(of: $1.scalar), place: $0, unit: $1) }
                    .sorted { ($0.combiningClass, $0.place) < ($1.combiningClass, $1.place) }
                for (place, mark) in marks.enumerated() { units[start + place] = mark.unit }
            }
            start = end
        }
    }

    private mutating func compose(_ table: FoldingTable) {
        var count = 0
        var starter: Int?
        var lastClass: UInt8 = 0
        for unit in units {
            let combiningClass = table.combiningClass(of: unit.scalar)
            // What stands between must not keep it from its starter (definition D115).
            if let starter, starter == count - 1 || (lastClass != 0 && lastClass < combiningClass),
                let whole = table.composite(units[starter].scalar, unit.scalar)
            {
                units[starter].scalar = whole
                units[starter].end = max(units[starter].end, unit.end)
                continue
            }
            if combiningClass == 0 { starter = count }
            lastClass = combiningClass
            units[count] = unit
            count += 1
        }
        units.removeLast(units.count - count)
    }
}

/// The conjoining letters of Korean syllables.
enum HangulJamo {
    static func isJamo(_ scalar: UInt32) -> Bool {
        (0x1100...0x11FF).contains(scalar) || (0xA960...0xA97C).contains(scalar) || (0xD7B0...0xD7FB).contains(scalar)
    }

    /// Whether it is a vowel or a final consonant, which continue a syllable.
    static func continues(_ scalar: UInt32) -> Bool {
        (0x1160...0x11FF).contains(scalar) || (0xD7B0...0xD7FB).contains(scalar)
    }
}

/// Letters and digits of ASCII.
enum ASCIILetter {
    /// A letter in lower case or a digit; 0 for any other byte.
    @inline(__always)
    static func folded(_ byte: UInt8) -> UInt8 {
        let lower = byte | 0x20
        if lower &- 0x61 < 26 { return lower }
        return byte &- 0x30 < 10 ? byte : 0
    }
}

/// Unicode scalars from and to UTF-8 (RFC 3629).
enum UTF8Scalar {
    /// The scalar at `place`, which is in the text, and its bytes; U+FFFD and one byte where they are ill-formed.
    @inline(__always)
    static func read(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Int) -> (scalar: UInt32, length: Int) {
        let illFormed: (UInt32, Int) = (0xFFFD, 1)
        let lead = UInt32(bytes[place])
        if lead < 0x80 { return (lead, 1) }
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard lead >= 0xC2, lead <= 0xF4, length <= bytes.count - place else { return illFormed }
        var scalar = lead & (0x7F >> UInt32(length))
        for offset in 1..<length {
            let byte = UInt32(bytes[place + offset])
            guard byte & 0xC0 == 0x80 else { return illFormed }
            scalar = scalar << 6 | byte & 0x3F
        }
        guard scalar >= (length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80), scalar <= 0x10FFFF else {
            return illFormed
        }
        return (scalar, length)
    }

    /// Writes a scalar behind the `size` bytes that are there; false where it does not fit.
    @inline(__always)
    static func write(_ scalar: UInt32, into bytes: UnsafeMutableBufferPointer<UInt8>, _ size: inout Int) -> Bool {
        let length = scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4
        guard length <= bytes.count - size else { return false }
        func trail(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: 0x80 | scalar >> shift & 0x3F) }
        switch length {
        case 1: bytes[size] = UInt8(truncatingIfNeeded: scalar)
        case 2:
            bytes[size] = UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6)
            bytes[size + 1] = trail(0)
        case 3:
            bytes[size] = UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12)
            bytes[size + 1] = trail(6)
            bytes[size + 2] = trail(0)
        default:
            bytes[size] = UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18)
            bytes[size + 1] = trail(12)
            bytes[size + 2] = trail(6)
            bytes[size + 3] = trail(0)
        }
        size += length
        return true
    }
}
