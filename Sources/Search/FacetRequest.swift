import JSON

/// A field of the metadata whose values are to be counted.
public struct FacetRequest: Sendable, Hashable {
    /// Fields in one search, and values of one field.
    public static let mostFields = 16
    public static let mostValues = 1000

    public var field: CodePoints
    /// The most frequent so many values are given.
    public var size: Int

    public init(_ field: String, size: Int = 10) {
        self.field = CodePoints(field)
        self.size = size
    }
}
