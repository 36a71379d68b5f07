/// Places in a text in Unicode code points, of places in bytes of its UTF-8.
package struct CodePointOffsets {
    private var points: [Int: Int] = [:]

    /// - Parameter ranges: in bytes; places outside the text count as its end.
    package init(_ text: String, _ ranges: [Range<Int>]) {
        let places = Set(ranges.flatMap { [$0.lowerBound, $0.upperBound] }).sorted()
        var next = places.makeIterator()
        guard var place = next.next() else { return }
        var (byte, point) = (0, 0)
        for unit in text.utf8 {
            while byte == place {
                points[place] = point
                guard let following = next.next() else { return }
                place = following
            }
            byte += 1
            // A code point has one byte that does not continue another.
            point += unit & 0xC0 == 0x80 ? 0 : 1
        }
        points[place] = point
        while let rest = next.next() { points[rest] = point }
    }

    /// The code points of a range that was given.
    package subscript(range: Range<Int>) -> Range<Int> {
        let start = points[range.lowerBound] ?? 0
        return start..<max(start, points[range.upperBound] ?? start)
    }
}
