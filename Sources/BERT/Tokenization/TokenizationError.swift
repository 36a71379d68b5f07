/// Why a vocabulary or a tokenizer's settings cannot be used: which file, which line where there is one, and what to do.
public struct TokenizationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file that was read, or a word for where the pieces came from.
    public let file: String
    /// The line, from 1, where the message is about one.
    public let line: Int?
    /// What is wrong and what to do, in one sentence.
    public let message: String

    public init(file: String, line: Int? = nil, message: String) {
        self.file = file
        self.line = line
        self.message = message
    }

    public var description: String {
        line.map { "\(file):\($0): \(message)" } ?? "\(file): \(message)"
    }
}
