/// The line that opens fenced code, ``` or ~~~.
struct MarkdownFence {
    private let mark: UInt8
    private let length: Int

    /// `nil` where a line, its indentation removed, opens none.
    init?(line: ArraySlice<UInt8>) {
        guard let mark = line.first, mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~") else { return nil }
        length = line.prefix { $0 == mark }.count
        // Backticks further on make it code within a line.
        guard length >= 3, mark != UInt8(ascii: "`") || !line.dropFirst(length).contains(mark) else { return nil }
        self.mark = mark
    }

    /// Whether a line, its indentation removed, ends the code: the same mark, at least as often, and nothing else.
    func isClosed(by line: ArraySlice<UInt8>) -> Bool {
        let marks = line.prefix { $0 == mark }.count
        return marks >= length && line.dropFirst(marks).allSatisfy { $0 == 0x20 || $0 == 0x09 }
    }
}
