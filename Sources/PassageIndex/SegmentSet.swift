import Foundation

/// The segments that one state of the catalogue names, by the passage numbers they hold.
public struct SegmentSet: Sendable {
    /// Ascending by passage number; ranges do not overlap.
    let segments: [(numbers: ClosedRange<Int>, segment: Segment)]

    init(_ segments: [Segment]) throws {
        self.segments = try segments.compactMap { segment in try segment.numbers.map { ($0, segment) } }
            .sorted { $0.numbers.lowerBound < $1.numbers.lowerBound }
    }

    var byNumber: [Int: Segment] {
        Dictionary(segments.map { ($0.segment.number, $0.segment) }, uniquingKeysWith: { first, _ in first })
    }

    /// Throws `IndexError` where a file has been cut short; to be asked after reading.
    func checkWhole() throws {
        for (_, segment) in segments { try segment.checkWhole() }
    }

    /// Where a passage's token data are, `nil` where it has none.
    func locate(_ number: Int) throws -> (segment: Segment, windows: Range<Int>)? {
        var (low, high) = (0, segments.count)
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].numbers.upperBound < number { low = middle + 1 } else { high = middle }
        }
        guard low < segments.count, let windows = try segments[low].segment.windows(ofPassage: number) else {
            return nil
        }
        return (segments[low].segment, windows)
    }
}
