import CKernels
import Testing

/// The search against scoring every posting.
@Suite struct PostingsSearchTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        let passages: Int
        /// Each list's postings, as a share of the passages.
        let shares: [Double]
        let longest: UInt32
        var removes = false

        var testDescription: String { "\(passages) passages, \(shares), lengths to \(longest), removes \(removes)" }
    }

    static let shapes = [
        Shape(passages: 1, shares: [1], longest: 5),
        Shape(passages: 100, shares: [0.5, 0.1], longest: 50),
        Shape(passages: 4096, shares: [0.9, 0.01, 0.3], longest: 90),
        Shape(passages: 4097, shares: [0.02, 0.02], longest: 400, removes: true),
        Shape(passages: 50_000, shares: [0.4, 0.2, 0.01, 0.0005], longest: 120),
        Shape(passages: 50_000, shares: [0.4, 0.2, 0.01, 0.0005], longest: 120, removes: true),
        Shape(passages: 120_000, shares: [0.001, 0.0001, 0.15], longest: 70_000),
        Shape(passages: 9000, shares: (0..<90).map { 1 / Double($0 + 2) }, longest: 300),
        // All alike: nothing but ties.
        Shape(passages: 30_000, shares: [0.9], longest: 1),
    ]

    @Test(arguments: shapes)
    func equalsScoringEveryPosting(shape: Shape) {
        var random = SeededGenerator(UInt64(shape.passages + shape.shares.count))
        let lengths = (0..<shape.passages).map { _ in UInt32.random(in: 1...shape.longest, using: &random) }
        let lists = shape.shares.map { share in
            let count = max(1, Int(Double(shape.passages) * share))
            let gap = UInt32(max(1, shape.passages / count))
            var list = PostingsList(count: count, gap: gap, lengths: lengths, random: &random)
            if shape.longest == 1 { list = PostingsList(list, tf: 1, lengths: lengths) }
            return list
        }
        let removed = shape.removes ? (0..<shape.passages).filter { _ in Bool.random(using: &random) } : []
        for (k1, b) in [(0.9, 0.4), (0, 0), (1.2, 0.75), (3, 1)] {
            let weights = lists.map { _ in Double.random(in: 0.1...12, using: &random) }
            let search = PostingsSearch(
                lists: lists, weights: weights, lengths: lengths, removed: Set(removed.map(UInt32.init)), k1: k1, b: b)
            let expected = search.exhaustive()
            for limit in [1, 10, 100, 1000, 20_000] {
                let found = search.run(limit: limit)
                #expect(found.status == PK_OK)
                #expect(found.numbers == expected.prefix(limit).map(\.number))
                #expect(found.scores == expected.prefix(limit).map(\.score))
            }
        }
    }

    @Test func gainsAreTheFormulaInSteps() {
        var parameters = pk_bm25()
        (parameters.k1, parameters.b, parameters.average) = (1.2, 0.75, 40)
        for (weight, tf, length) in [(7.5, UInt32(1), UInt32(40)), (0.01, 3, 1), (12, 400, 9000)] {
            let step = pk_bm25_step(weight)
            let count = Double(tf)
            let expected = weight * count / (count + 1.2 * (1 - 0.75 + 0.75 * Double(length) / 40))
            #expect(abs(Double(pk_bm25_gain(weight, tf, length, &parameters, step)) * step - expected) <= step / 2)
        }
        // What rounds to nothing is still a match.
        #expect(pk_bm25_gain(1e-12, 1, 40, &parameters, pk_bm25_step(1)) == 1)
        for weight in [0.0, 1, 64, 65, 1e6] { #expect(weight / pk_bm25_step(weight) <= 0x1p30) }
    }

    @Test func impossibleSizesAreRefused() {
        #expect(pk_postings_scratch_bytes(1 << 21, 10) == 0)
        #expect(pk_postings_scratch_bytes(1, 1 << 33) == 0)
        var parameters = pk_bm25()
        var found = 7
        #expect(pk_postings_search(nil, 1 << 21, &parameters, 1, 10, nil, nil, nil, &found) == PK_BAD_SIZE)
        #expect(found == 0)
        #expect(pk_postings_search(nil, 0, &parameters, 1, 10, nil, nil, nil, &found) == PK_OK)
    }
}

/// One search with all that it needs.
struct PostingsSearch {
    let lists: [PostingsList]
    let weights: [Double]
    let lengths: [UInt32]
    let removed: Set<UInt32>
    let k1: Double
    let b: Double

    init(
        lists: [PostingsList], weights: [Double], lengths: [UInt32]? = nil, removed: Set<UInt32> = [], k1: Double,
        b: Double
    ) {
        self.lists = lists
        self.weights = weights
        let passages = Int(lists.compactMap(\.numbers.last).max() ?? 0) + 1
        self.lengths = lengths ?? [UInt32](repeating: 30, count: passages)
        self.removed = removed
        (self.k1, self.b) = (k1, b)
    }

    private var step: Double { pk_bm25_step(weights.reduce(0, +)) }

    private func withParameters<Result>(_ body: (pk_bm25) -> Result) -> Result {
        let short = lengths.map { UInt8(clamping: $0) }
        var bits = [UInt64](repeating: 0, count: (lengths.count + 63) / 64)
        for number in removed { bits[Int(number / 64)] |= 1 << UInt64(number % 64) }
        return lengths.withUnsafeBufferPointer { lengths in
            short.withUnsafeBufferPointer { short in
                bits.withUnsafeBufferPointer { bits in
                    body(
                        pk_bm25(
                            lengths: lengths.baseAddress, short_lengths: short.baseAddress,
                            passages: UInt32(lengths.count),
                            removed: removed.isEmpty ? nil : bits.baseAddress, k1: k1, b: b,
                            average: Double(lengths.reduce(0, +)) / Double(lengths.count), is_cancelled: nil,
                            cancellation: nil))
                }
            }
        }
    }

    func run(limit: Int) -> (status: Int32, numbers: [UInt32], scores: [Double]) {
        let scratch = UnsafeMutableRawBufferPointer.allocate(
            byteCount: pk_postings_scratch_bytes(lists.count, limit), alignment: 64)
        // What an earlier search left must not matter.
        scratch.initializeMemory(as: UInt8.self, repeating: 0xDB)
        defer { scratch.deallocate() }
        var numbers = [UInt32](repeating: 0, count: limit)
        var scores = [Double](repeating: 0, count: limit)
        var found = 0
        func open(_ index: Int, _ opened: [pk_postings]) -> Int32 {
            guard index < lists.count else {
                return withParameters { parameters in
                    var parameters = parameters
                    return pk_postings_search(
                        opened, opened.count, &parameters, step, limit, scratch.baseAddress, &numbers, &scores, &found)
                }
            }
            return lists[index].withList(weight: weights[index]) { open(index + 1, opened + [$0]) }
        }
        let status = open(0, [])
        return (status, Array(numbers.prefix(found)), Array(scores.prefix(found)))
    }

    func exhaustive() -> [(number: UInt32, score: Double)] {
        var scores: [UInt32: UInt32] = [:]
        withParameters { parameters in
            var parameters = parameters
            for (list, weight) in zip(lists, weights) {
                for (number, tf) in zip(list.numbers, list.tfs) where !removed.contains(number) {
                    scores[number, default: 0] += pk_bm25_gain(weight, tf, lengths[Int(number)], &parameters, step)
                }
            }
        }
        return scores.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, Double($0.value) * step) }
    }
}

extension PostingsList {
    /// The same passages with one frequency for all.
    init(_ other: PostingsList, tf: UInt32, lengths: [UInt32]) {
        numbers = other.numbers
        tfs = other.numbers.map { _ in tf }
        bytes = [UInt8](repeating: 0, count: pk_postings_capacity(numbers.count) + 16)
        size = pk_postings_encode(numbers, tfs, numbers.count, lengths, &bytes)
    }
}
