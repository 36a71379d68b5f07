/// Hugging Face's `BertNormalizer` as one pass over UTF-8: drops control characters, sets ideographs apart, decomposes
/// and strips accents, lowercases; added pieces that stand in the raw text are handed on as such.
///
/// ASCII takes one table look-up a byte.
struct Normalizer<Sink: NormalizedSink> {
    /// A combining mark that waits for its canonical place.
    private struct Mark {
        let scalar: UInt32
        let combiningClass: UInt8
        /// Whether it is a further part of a decomposed character.
        let isFurtherPart: Bool
    }

    private let text: UnsafeBufferPointer<UInt8>
    private let rules: NormalizationRules
    private var offset = 0
    /// No added piece begins before here: the end of a special piece that was passed over.
    private var matchesFrom = 0
    /// The marks since the last base character, as they came, and the sources of those that were characters.
    private var marks: [Mark] = []
    private var markSources: [Range<Int>] = []
    private var lastSource = 0..<0

    private init(text: UnsafeBufferPointer<UInt8>, rules: NormalizationRules) {
        self.text = text
        self.rules = rules
    }

    /// Sends the whole text through, or as much as `sink` wants. Ill-formed bytes count as U+FFFD.
    static func run(over text: UnsafeBufferPointer<UInt8>, rules: NormalizationRules, into sink: inout Sink) {
        var normalizer = Normalizer(text: text, rules: rules)
        normalizer.run(into: &sink)
    }

    private mutating func run(into sink: inout Sink) {
        while offset < text.count, sink.wantsMore {
            let code = rules.leads[Int(text[offset])]
            if code < NormalizationRules.removed {
                sink.append(ascii: code, at: offset)
                offset += 1
            } else if code == NormalizationRules.removed {
                offset += 1
            } else {
                look(into: &sink)
            }
        }
        placeMarks(into: &sink)
        sink.finish()
    }

    /// Takes one character or added piece, and those after it for as long as marks wait.
    private mutating func look(into sink: inout Sink) {
        repeat {
            if takeAddedPiece(into: &sink) { continue }
            let lead = text[offset]
            if lead < 0x80 {
                let code = rules.ascii[Int(lead)]
                if code != NormalizationRules.removed {
                    placeMarks(into: &sink)
                    sink.append(ascii: code, at: offset)
                }
                offset += 1
            } else {
                let (scalar, length) = UTF8Decoding.scalar(of: text, at: offset)
                take(scalar, source: offset..<offset + length, into: &sink)
                offset += length
            }
        } while !marks.isEmpty && offset < text.count && sink.wantsMore
    }

    private mutating func takeAddedPiece(into sink: inout Sink) -> Bool {
        guard offset >= matchesFrom, let match = rules.rawPieces.match(in: text, at: offset) else { return false }
        guard !match.piece.isSpecial || rules.recognizesSpecialPieces else {
            matchesFrom = offset + match.length
            return false
        }
        placeMarks(into: &sink)
        sink.append(piece: match.piece.id, source: offset..<offset + match.length)
        offset += match.length
        return true
    }

    private mutating func take(_ scalar: UInt32, source: Range<Int>, into sink: inout Sink) {
        let classes = CharacterTable.shared.classes(of: scalar)
        var scalar = scalar
        if rules.cleansText {
            if classes.contains(.removed) { return }
            if classes.contains(.whitespace) { scalar = 0x20 }
        }
        if rules.separatesIdeographs, classes.contains(.ideograph) {
            decompose(0x20, source: source, into: &sink)
            decompose(scalar, source: source, into: &sink)
            decompose(0x20, source: source, into: &sink)
        } else {
            decompose(scalar, source: source, into: &sink)
        }
    }

    private mutating func decompose(_ scalar: UInt32, source: Range<Int>, into sink: inout Sink) {
        guard rules.stripsAccents else { return send(scalar, source: source, into: &sink) }
        var isFurtherPart = false
        CharacterTable.shared.forEachDecomposed(of: scalar) { part in
            let combiningClass = CharacterTable.shared.combiningClass(of: part)
            if combiningClass == 0 {
                placeMarks(into: &sink)
                if !isFurtherPart { lastSource = source }
                send(part, source: lastSource, into: &sink)
            } else {
                marks.append(Mark(scalar: part, combiningClass: combiningClass, isFurtherPart: isFurtherPart))
                if !isFurtherPart { markSources.append(source) }
            }
            isFurtherPart = true
        }
    }

    /// Sends the waiting marks in canonical order (Unicode standard, D109). `tokenizers` hands out their sources in
    /// order of place, not by mark, and gives a further part the source of what stands before it.
    private mutating func placeMarks(into sink: inout Sink) {
        guard !marks.isEmpty else { return }
        let order = marks.indices.sorted {
            (marks[$0].combiningClass, $0) < (marks[$1].combiningClass, $1)
        }
        var sources = markSources[...]
        for place in order {
            if !marks[place].isFurtherPart, let source = sources.popFirst() { lastSource = source }
            send(marks[place].scalar, source: lastSource, into: &sink)
        }
        marks.removeAll(keepingCapacity: true)
        markSources.removeAll(keepingCapacity: true)
    }

    private func send(_ scalar: UInt32, source: Range<Int>, into sink: inout Sink) {
        if rules.stripsAccents, CharacterTable.shared.classes(of: scalar).contains(.nonspacing) { return }
        guard rules.lowercases else { return sink.append(scalar, source: source) }
        CharacterTable.shared.forEachLowercase(of: scalar) { sink.append($0, source: source) }
    }
}
