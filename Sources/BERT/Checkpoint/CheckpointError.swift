/// What is wrong with a model's folder or one of its files, where, and what to do about it.
public struct CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The part of a file that the trouble is in.
    public enum Subject: Equatable, Sendable {
        /// A tensor, by the name that was asked for or that stands in the file.
        case tensor(String)
        /// A field of a JSON file, by its dotted path (`colbert.query_marker`).
        case field(String)
    }

    /// Path of the file or folder, as the user gave it.
    public let path: String
    public let subject: Subject?
    /// What is wrong.
    public let message: String
    /// What to do about it, where more than "get a sound copy" can be said.
    public let remedy: String?

    public init(_ path: String, _ message: String, remedy: String? = nil) {
        self.init(path: path, subject: nil, message: message, remedy: remedy)
    }

    public init(_ path: String, tensor: String, _ message: String, remedy: String? = nil) {
        self.init(path: path, subject: .tensor(tensor), message: message, remedy: remedy)
    }

    public init(_ path: String, field: String, _ message: String, remedy: String? = nil) {
        self.init(path: path, subject: .field(field), message: message, remedy: remedy)
    }

    private init(path: String, subject: Subject?, message: String, remedy: String?) {
        self.path = path
        self.subject = subject
        self.message = message
        self.remedy = remedy
    }

    /// One line: `FILE: tensor "NAME": message; remedy`.
    public var description: String {
        var line = path + ": "
        switch subject {
        case .tensor(let name): line += "tensor \(Self.quoted(name)): "
        case .field(let name): line += "\(Self.quoted(name)): "
        case nil: break
        }
        line += message
        if let remedy { line += "; " + remedy }
        return line
    }

    /// Text from a file made fit for a message: in quotes, control characters escaped, cut after 120 characters.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for (count, scalar) in text.unicodeScalars.enumerated() {
            if count == 120 { return result + "…\"" }
            result += scalar == "\"" ? "\\\"" : scalar.escaped(asASCII: false)
        }
        return result + "\""
    }
}
