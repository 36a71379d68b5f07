/// Where a passage was found.
public struct CorpusSource: Sendable, Hashable, CustomStringConvertible {
    /// Path as it was opened; `-` is standard input.
    public let path: String
    /// Line the passage begins in, counted from 1.
    public let line: Int

    public init(path: String, line: Int) {
        self.path = path
        self.line = line
    }

    public var description: String { "\(path == "-" ? "standard input" : path):\(line)" }
}
