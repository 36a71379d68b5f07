import TextFiles

/// What is wrong with a part of a corpus, where, and what to do about it.
public struct CorpusError: Error, Hashable, Sendable, CustomStringConvertible {
    /// How much of the corpus it costs.
    public enum Scope: Sendable, Hashable {
        /// One line or one section.
        case passage
        /// A folder, a file, or the rest of one.
        case file
    }

    /// Path as it was opened; `-` is standard input.
    public let path: String
    /// Line the trouble is in, counted from 1, where there is one.
    public let line: Int?
    public let message: String
    public let scope: Scope
    /// Whether the corpus cannot be said to have been read: a file that was named and gives nothing, or any that breaks
    /// off. What else a folder holds that cannot be read is left out of it instead.
    public internal(set) var isLoss = false

    public init(path: String, line: Int? = nil, message: String, scope: Scope = .file) {
        self.path = path
        self.line = line
        self.message = message
        self.scope = scope
    }

    init(_ error: any Error, path: String, line: Int? = nil, scope: Scope) {
        let file = error as? TextFileError
        self.init(path: path, line: file?.line ?? line, message: file?.message ?? "\(error)", scope: scope)
    }

    public var description: String {
        let name = path == "-" ? "standard input" : path
        return line.map { "\(name):\($0): \(message)" } ?? "\(name): \(message)"
    }
}
