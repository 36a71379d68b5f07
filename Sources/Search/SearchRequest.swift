/// What to search for and what to bring back.
public struct SearchRequest: Sendable {
    public var query: String
    /// Number of hits, 1 to `Pipeline.largestKeep`.
    public var k: Int
    /// The index's standard pipeline where `nil`.
    public var pipeline: Pipeline?
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
