import PassageIndex

/// What to search for and what to bring back.
public struct SearchRequest: Sendable {
    public var query: String
    /// Number of hits, 1 and more; with `offset` up to `Pipeline.largestKeep`.
    public var k: Int
    /// Hits to leave out at the front: the pages of a query, put together, are the list that a larger `k` gives.
    public var offset = 0
    /// The index's standard pipeline where `nil`.
    public var pipeline: Pipeline?
    /// Which passages are looked at, before any candidate is chosen; all where `nil`.
    public var filter: MetadataFilter?
    /// Fields whose values are counted over the candidates.
    public var facets: [FacetRequest] = []
    /// Whether hits say where the query's terms stand in their texts.
    public var highlights = false
    public var explains: Bool
    public var includesText: Bool

    public init(
        _ query: String, k: Int = 10, pipeline: Pipeline? = nil, explains: Bool = false, includesText: Bool = true
    ) {
        self.query = query
        self.k = k
        self.pipeline = pipeline
        self.explains = explains
        self.includesText = includesText
    }
}
