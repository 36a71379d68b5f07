import Foundation

/// Something in a file that does not stop its reading but that its owner should know of.
public struct FileWarning: Sendable, Equatable, Codable, CustomStringConvertible {
    public let path: String
    /// Line it was first seen in, counted from 1.
    public let line: Int
    public let message: String

    public init(path: String, line: Int, message: String) {
        self.path = path
        self.line = line
        self.message = message
    }

    public var description: String {
        "\(path == "-" ? "standard input" : path):\(line): \(message)"
    }
}
