/// What went wrong with a text file, where, and what to do about it.
public struct TextFileError: Error, CustomStringConvertible, Equatable {
    /// Path as the user gave it; `-` is standard input.
    public let path: String
    /// Line the trouble is in, counted from 1, where there is one.
    public let line: Int?
    public let message: String

    public init(path: String, line: Int? = nil, message: String) {
        self.path = path
        self.line = line
        self.message = message
    }

    public var description: String {
        let name = path == "-" ? "standard input" : path
        return line.map { "\(name):\($0): \(message)" } ?? "\(name): \(message)"
    }
}
