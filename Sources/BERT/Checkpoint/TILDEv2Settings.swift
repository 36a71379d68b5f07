import JSON

/// Which pieces TILDEv2 gives no weight, special pieces apart, and how many it adds.
public struct TILDEv2Settings: Sendable, Equatable, Encodable {
    /// Pieces as they stand in the vocabulary, but without a mark that begins a word there (`Ġ`, `▁`).
    public let stopWords: [String]
    /// Whether pieces with other characters than `A-Z a-z 0-9 _ -` are stop pieces too; continuations (`##…`) are not.
    public let skipsNonAlphanumeric: Bool
    /// The most pieces that a passage gets from an expansion head, where the checkpoint has one.
    public let expansionTerms: Int

    /// The number of pieces where a model has an expansion head and says nothing.
    public static let standardExpansionTerms = 16

    public init(
        stopWords: [String], skipsNonAlphanumeric: Bool, expansionTerms: Int = standardExpansionTerms
    ) {
        self.stopWords = stopWords
        self.skipsNonAlphanumeric = skipsNonAlphanumeric
        self.expansionTerms = expansionTerms
    }

    /// The names are those of `passerine.json`.
    enum CodingKeys: String, CodingKey {
        case stopWords = "stop_words"
        case skipsNonAlphanumeric = "skip_non_alphanumeric"
        case expansionTerms = "expansion_terms"
    }

    /// The ids of the stop pieces of a vocabulary, special pieces apart.
    ///
    /// - Parameter vocabulary: the piece of every id.
    public func stopPieces(of vocabulary: [String]) -> Set<Int> {
        let words = Set(stopWords.map { CodePoints($0) })
        return Set(
            vocabulary.indices.filter { id in
                let piece = Self.unmarked(vocabulary[id])
                return skipsNonAlphanumeric && Self.isNonAlphanumeric(piece) || words.contains(CodePoints(piece))
            })
    }

    /// A piece without the mark of byte-pair and unigram vocabularies for the beginning of a word.
    private static func unmarked(_ piece: String) -> String {
        // Most vocabularies have no marks, and a start goes through all of one.
        guard let first = piece.utf8.first, first >= 0x80 else { return piece }
        let marks = ["\u{120}", "\u{2581}"]
        guard let mark = marks.first(where: { piece.begins(with: $0) }), piece.utf8.count > mark.utf8.count else {
            return piece
        }
        return String(Substring(piece.utf8.dropFirst(mark.utf8.count)))
    }

    private static func isNonAlphanumeric(_ piece: String) -> Bool {
        let isContinuation = piece.utf8.first == UInt8(ascii: "#") && piece.utf8.count > 1
        return !isContinuation
            && !piece.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// The stop pieces of TILDEv2's authors: NLTK's English stop words but for the question words, of which those that
    /// are one piece count, and the plural's `##s` (https://github.com/ielab/TILDE, `get_stop_ids`).
    package static let published: [String] =
        ("""
    i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers \
    herself it its itself they them their theirs themselves whom this that these those am is are was were be \
    been being have has had having do does did doing a an the and but if or because as until while of at by for \
    with about against between into through during before after above below to from up down in out on off over \
    under again further then once here there all any both each few more most other some such no nor not only \
    own same so than too very s t can will just don should now d ll m o re ve y ain aren couldn didn doesn hadn \
    hasn haven isn ma mightn mustn needn shan shouldn wasn weren won wouldn ##s
    """).split(separator: " ").map(String.init)
}
