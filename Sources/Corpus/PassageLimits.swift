/// How large the parts of a passage may be, in bytes of UTF-8.
public struct PassageLimits: Sendable, Hashable {
    /// Longest id.
    public var idBytes: Int
    /// Longest text: 1 MiB unless told otherwise, some hundred pages, which is more than one passage should be.
    public var textBytes: Int
    /// Largest metadata, measured as JSON text.
    public var metadataBytes: Int

    public init(idBytes: Int = 512, textBytes: Int = 1 << 20, metadataBytes: Int = 256 << 10) {
        self.idBytes = idBytes
        self.textBytes = textBytes
        self.metadataBytes = metadataBytes
    }
}
