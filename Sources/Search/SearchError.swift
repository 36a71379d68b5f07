/// A search that cannot be done as asked.
public struct SearchError: Error, CustomStringConvertible, Equatable {
    public enum Kind: Sendable {
        /// The request makes no sense as it stands.
        case invalid
        /// The index or the loaded models lack what a stage needs.
        case unavailable
        /// The answer would be larger than it may be.
        case tooLarge
        /// The caller gave up or the deadline passed.
        case cancelled
    }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
