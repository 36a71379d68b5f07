/// A place in an input between two events, from which reading can go on later. Holds for the same paths and the same
/// content only, which `InputFingerprint` tells.
public struct CorpusPosition: Sendable, Hashable, Codable, Comparable {
    /// Index among the files that the paths lead to, folders opened up.
    public var file: Int
    /// Lines of that file that are done, of its uncompressed text; in text, Markdown and HTML files, sections.
    public var lines: Int

    public init(file: Int, lines: Int) {
        self.file = file
        self.lines = lines
    }

    /// Before the first event.
    public static let start = CorpusPosition(file: 0, lines: 0)

    public static func < (left: CorpusPosition, right: CorpusPosition) -> Bool {
        (left.file, left.lines) < (right.file, right.lines)
    }
}
