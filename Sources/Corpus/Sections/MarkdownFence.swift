/// The line that opens fenced code, ``` or ~~~.
struct MarkdownFence {
    private let mark: Character
    private let length: Int

    /// `nil` where a line, its indentation removed, opens none.
    init?(line: Substring) {
        guard let mark = line.first, mark == "`" || mark == "~" else { return nil }
        length = line.prefix { $0 == mark }.count
        // Backticks further on make it code within a line.
        guard length >= 3, mark == "~" || !line.dropFirst(length).contains("`") else { return nil }
        self.mark = mark
    }

    /// Whether a line ends the code: the same mark, at least as often, and nothing else.
    func isClosed(by line: String) -> Bool {
        let content = line.trimmingSpaces()
        return content.count >= length && content.allSatisfy { $0 == mark }
    }
}
