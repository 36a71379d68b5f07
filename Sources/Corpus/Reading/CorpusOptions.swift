/// How a corpus is to be read, and what bounds it.
public struct CorpusOptions: Sendable {
    /// Format of all files; `nil` tells it from each file's content.
    public var format: CorpusFormat?
    /// What a passage may measure; larger ones are reported as broken.
    public var limits = PassageLimits()
    /// Longest line of a TSV or JSONL file in bytes.
    public var lineBytes = 8 << 20
    /// Largest text, Markdown or HTML file in bytes, uncompressed.
    public var fileBytes = 16 << 20
    /// Most files that all folders together may have.
    public var files = 1_000_000
    /// Whether `.gitignore` files in and above folders count.
    public var respectsGitIgnore = true
    /// Bytes up to which the paragraphs of a plain text make one passage.
    public var plainTextBytes = 1_500

    public init(format: CorpusFormat? = nil) {
        self.format = format
    }
}
