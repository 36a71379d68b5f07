/// Why a filter cannot be read, and which part of it.
public struct MetadataFilterError: Error, Equatable, CustomStringConvertible {
    /// Where the fault is, such as `filter.and[1].size.gte`.
    public let path: String
    public let message: String

    public var description: String { "\(path) \(message)" }
}
