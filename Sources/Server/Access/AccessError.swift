/// What is wrong with a keys file or a key, in words.
public struct AccessError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
