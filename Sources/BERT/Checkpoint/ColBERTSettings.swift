/// How a ColBERT model was trained to see queries and passages.
public struct ColBERTSettings: Sendable, Equatable, Encodable {
    /// Columns of the projection.
    public let dimension: Int
    /// How many first columns can be used alone, normalised after the cut: ascending, `dimension` last.
    public let usableDimensions: [Int]
    /// The piece after `[CLS]` in a query, as it stands in the vocabulary; nil for none.
    public let queryMarker: String?
    /// The piece after `[CLS]` in a passage; nil for none.
    public let passageMarker: String?
    /// Whether a query is padded to its full length by `[MASK]`s, whose rows are scored like the others.
    public let padQueriesWithMask: Bool
    /// Whether those `[MASK]`s receive attention.
    public let attendsToMask: Bool
    public let skipInPassages: PassageSkip

    public init(
        dimension: Int, usableDimensions: [Int], queryMarker: String?, passageMarker: String?, padQueriesWithMask: Bool,
        attendsToMask: Bool, skipInPassages: PassageSkip
    ) {
        self.dimension = dimension
        self.usableDimensions = usableDimensions
        self.queryMarker = queryMarker
        self.passageMarker = passageMarker
        self.padQueriesWithMask = padQueriesWithMask
        self.attendsToMask = attendsToMask
        self.skipInPassages = skipInPassages
    }

    /// The names are those of `passerine.json`.
    enum CodingKeys: String, CodingKey {
        case dimension
        case usableDimensions = "usable_dimensions"
        case queryMarker = "query_marker"
        case passageMarker = "passage_marker"
        case padQueriesWithMask = "pad_queries_with_mask"
        case attendsToMask = "attends_to_mask"
        case skipInPassages = "skip_in_passages"
    }
}
