extension StringProtocol {
    /// The text without white space at either end; a mark that stands on a space stays.
    func trimmingSpaces() -> String {
        let scalars = unicodeScalars
        var (start, end) = (startIndex, endIndex)
        while start < end, scalars[start].properties.isWhitespace { start = scalars.index(after: start) }
        while start < end, case let last = scalars.index(before: end), scalars[last].properties.isWhitespace {
            end = last
        }
        return String(self[start..<end])
    }
}
