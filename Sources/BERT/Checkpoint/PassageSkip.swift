import JSON

/// Which pieces of a passage ColBERT encodes but does not store.
public enum PassageSkip: Sendable, Equatable, Encodable {
    case none
    /// Every piece that is one character of ASCII punctuation.
    case punctuation
    /// Pieces as they stand in the vocabulary.
    case pieces([String])

    private static let asciiPunctuation = Set(
        #"!"\#u{23}$%&'()*+,-./:;<=>?@[\]^_`{|}~"#.map { CodePoints(String($0)) })

    /// The pieces, as they stand in the vocabulary.
    public var pieces: Set<CodePoints> {
        switch self {
        case .none: []
        case .punctuation: Self.asciiPunctuation
        case .pieces(let pieces): Set(pieces.map { CodePoints($0) })
        }
    }

    /// A list of pieces in its shortest form.
    package init(pieces: [String]) {
        let all = Set(pieces.map { CodePoints($0) })
        self = pieces.isEmpty ? .none : all == Self.asciiPunctuation ? .punctuation : .pieces(pieces)
    }

    /// Null, `"punctuation"` or the list, as in `passerine.json`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .none: try container.encodeNil()
        case .punctuation: try container.encode("punctuation")
        case .pieces(let pieces): try container.encode(pieces)
        }
    }
}
