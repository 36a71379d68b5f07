/// Which segments are worth merging.
public struct CompactionPolicy: Sendable, Equatable {
    /// Most bytes of a merged segment. Its tables of offsets and terms, about a tenth, are kept in memory while merging.
    public var largestBytes: Int
    /// Adjacent segments of about the same size that make a merge worthwhile; 2 merges all that fit together.
    public var fewestSegments: Int
    /// Share of dead windows from which a segment is written anew.
    public var deadShare: Double

    public init(largestBytes: Int, fewestSegments: Int, deadShare: Double) {
        self.largestBytes = largestBytes
        self.fewestSegments = max(2, fewestSegments)
        self.deadShare = deadShare
    }

    /// After a commit: eight of a kind become one, so that a byte is copied once for each power of eight.
    public static let background = CompactionPolicy(largestBytes: 512 << 20, fewestSegments: 8, deadShare: 0.4)
    /// `passerine compact`: as few segments as may be, nothing dead in them.
    public static let full = CompactionPolicy(largestBytes: 2 << 30, fewestSegments: 2, deadShare: 0)

    /// A segment as the catalogue counts it.
    struct Candidate: Equatable {
        var number: Int
        var bytes: Int
        var windows: Int
        var liveWindows: Int

        /// Bytes that would be copied.
        var liveBytes: Int { windows > 0 ? Int(Double(bytes) * Double(liveWindows) / Double(windows)) : 0 }
        var deadShare: Double { windows > 0 ? 1 - Double(liveWindows) / Double(windows) : 0 }
    }

    /// Runs of adjacent segments to merge into one each; a run of one is only rid of what is dead.
    ///
    /// - Parameter segments: ascending by passage number, since a merged segment must be a range of numbers again.
    func runs(_ segments: [Candidate]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        while start < segments.count {
            let run = run(from: start, in: segments)
            if let run { runs.append(run) }
            start = run?.upperBound ?? start + 1
        }
        return runs
    }

    /// The run that begins with a segment, `nil` where it is well as it is.
    private func run(from start: Int, in segments: [Candidate]) -> Range<Int>? {
        let first = segments[start]
        var end = start
        var bytes = 0
        // A larger neighbour of another tier ends the run unless everything that fits is to be merged.
        while end < segments.count, end == start || bytes + segments[end].liveBytes <= largestBytes,
            fewestSegments == 2 || tier(segments[end]) <= tier(first)
        {
            bytes += segments[end].liveBytes
            end += 1
        }
        if end - start >= fewestSegments { return start..<end }
        return first.deadShare > 0 && first.deadShare >= deadShare ? start..<start + 1 : nil
    }

    /// The power of eight that a segment's size belongs to, from 64 KiB.
    private func tier(_ segment: Candidate) -> Int {
        var (tier, bytes) = (0, 64 << 10)
        while segment.liveBytes > bytes {
            tier += 1
            bytes *= 8
        }
        return tier
    }
}
