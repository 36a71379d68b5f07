/// What is wrong with an index, where, and what to do about it.
public struct IndexError: Error, CustomStringConvertible, Equatable {
    /// What kind of trouble it is, for callers that act on it.
    public enum Kind: Sendable {
        /// There is no index of that name.
        case missing
        /// There is one already.
        case exists
        /// A file does not hold what it should.
        case damaged
        /// Models or settings do not fit the index.
        case mismatch
        /// Another process writes to the index.
        case locked
        /// There is no room for it now: more waits to be written than may wait, or descriptors or memory have run out.
        case busy
        /// Other files have taken the place of those that were open; what was opened anew can be used.
        case replaced
        /// The operating system refused a read or a write.
        case io
        /// SQLite refused a statement for a reason that says nothing of the files.
        case failed
        /// What was asked for makes no sense.
        case invalid
    }

    public let kind: Kind
    /// File or folder.
    public let path: String
    public let message: String

    public init(_ kind: Kind, _ path: String, _ message: String) {
        self.kind = kind
        self.path = path
        self.message = message
    }

    public var description: String { "\(path): \(message)" }
}
