/// The pieces of a text as they come, up to a limit, with their ranges where these are wanted.
struct PieceOutput {
    private var pieces: [Int32] = []
    private var ranges: [Range<Int>] = []
    private let limit: Int
    let recordsRanges: Bool

    init(limit: Int, recordsRanges: Bool) {
        self.limit = limit
        self.recordsRanges = recordsRanges
    }

    var result: (pieces: [Int32], ranges: [Range<Int>]) { (pieces, ranges) }

    var wantsMore: Bool { pieces.count < limit }

    /// Does nothing once the limit is reached.
    mutating func append(_ piece: Int32, _ range: Range<Int>) {
        guard wantsMore else { return }
        pieces.append(piece)
        if recordsRanges { ranges.append(range) }
    }
}
