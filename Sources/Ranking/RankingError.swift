/// A model that cannot do what is asked of it.
public struct RankingError: Error, CustomStringConvertible, Equatable {
    public let description: String

    public init(_ description: String) { self.description = description }
}
