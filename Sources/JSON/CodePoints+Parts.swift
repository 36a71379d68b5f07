/// Looking into text by code points. Swift's own `hasPrefix`, `split` and `firstIndex(of:)` see whole characters, and
/// a separator with a combining mark behind it is another character.
extension StringProtocol {
    /// Whether the text begins with these code points.
    public func begins(with prefix: some StringProtocol) -> Bool { utf8.starts(with: prefix.utf8) }

    /// Whether the text ends with these code points.
    public func ends(with suffix: some StringProtocol) -> Bool { utf8.reversed().starts(with: suffix.utf8.reversed()) }
}

extension Substring {
    /// The parts between separators, as `split` has them.
    ///
    ///     "a,\u{301},b".parts(between: ",").count   // 3, where `split` finds 2
    public func parts(
        between separator: Unicode.Scalar, maxSplits: Int = .max, omittingEmptySubsequences: Bool = true
    ) -> [Substring] {
        unicodeScalars.split(
            separator: separator, maxSplits: maxSplits, omittingEmptySubsequences: omittingEmptySubsequences
        ).map { Substring($0) }
    }
}

extension String {
    /// The parts between separators, as `split` has them.
    public func parts(
        between separator: Unicode.Scalar, maxSplits: Int = .max, omittingEmptySubsequences: Bool = true
    ) -> [Substring] {
        self[...].parts(
            between: separator, maxSplits: maxSplits, omittingEmptySubsequences: omittingEmptySubsequences)
    }
}
