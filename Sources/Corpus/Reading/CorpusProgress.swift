/// How far reading has come, for a progress bar. Never goes back.
public struct CorpusProgress: Sendable, Hashable {
    /// Bytes of all files on disk that were read, compressed ones where a file is compressed.
    public let bytesRead: Int
    /// Bytes of all files on disk; `nil` where standard input or a pipe is among them.
    public let totalBytes: Int?
    /// Files that are done.
    public let filesRead: Int
    /// Files that the paths lead to.
    public let files: Int

    /// Part that is done, 0 to 1; `nil` where the total is not known.
    public var fraction: Double? {
        totalBytes.map { $0 == 0 ? 1 : Double(bytesRead) / Double($0) }
    }
}
