import BERT
import LinearAlgebra
import Ranking
import Synchronization
import Testing

@Suite struct PassageEncoderTests {
    private static func onePass(dimension: Int? = nil) throws -> PassageEncoder {
        let model = try RankingFixtures.model("one-pass")
        return try PassageEncoder(
            models: ModelSet(colbert: model, tilde: model, crossEncoder: nil), dimension: dimension)
    }

    private static func expected() throws -> RankingFixtures.OnePass {
        try RankingFixtures.decode(RankingFixtures.OnePass.self, "one-pass/expected.json")
    }

    @Test func windowsOverlapByAQuarterAndCoverTheText() throws {
        let encoder = try Self.onePass()
        #expect(encoder.capacity == 24 && encoder.overlap == 6)
        let texts = try #require(Self.expected().windows)
        #expect(texts.contains { $0.windows.count > 5 } && texts.contains { $0.text.isEmpty })
        for expected in texts {
            let (windows, isCut) = encoder.windows(of: expected.text)
            #expect(!isCut)
            #expect(windows.map(\.span) == expected.windows.map { $0.start..<$0.end })
            #expect(windows.map(\.pieces) == expected.windows.map(\.pieces))

            let (first, isFirstCut) = encoder.windows(of: expected.text, splits: false)
            #expect(first.count == 1)
            #expect(isFirstCut == (expected.windows.count > 1))
            #expect(first[0].pieces == expected.windows[0].pieces)
            #expect(first[0].span == expected.windows[0].start..<expected.windows[0].end)
        }
    }

    @Test(arguments: 1...6)
    func windowsThatAreNotWantedAreNotRead(most: Int) throws {
        let encoder = try Self.onePass()
        for expected in try #require(Self.expected().windows) {
            let all = encoder.windows(of: expected.text).windows
            let (some, isCut) = encoder.windows(of: expected.text, most: most)
            #expect(some.map(\.pieces) == all.prefix(most).map(\.pieces))
            #expect(some.map(\.span) == all.prefix(most).map(\.span))
            #expect(isCut == (all.count > most))
        }
    }

    @Test func encodingThatIsNotWantedEnds() throws {
        let encoder = try Self.onePass()
        let windows = encoder.windows(of: [String](repeating: "a b", count: 2000).joined(separator: " ")).windows
        #expect(windows.count > 100)
        let asked = Counter()
        #expect(throws: Cancellation.Cancelled.self) {
            try encoder.encode(windows, cancellation: Cancellation { asked.next() > 2 })
        }
        // Not all chunks were gone through.
        #expect(asked.count < windows.count)
        #expect(throws: Cancellation.Cancelled.self) {
            try encoder.encode(Array(windows[..<1]), cancellation: Cancellation { true })
        }
    }

    /// Counts how often it is asked.
    private final class Counter: Sendable {
        private let value = Mutex(0)
        var count: Int { value.withLock { $0 } }
        func next() -> Int {
            value.withLock { value in
                value += 1
                return value
            }
        }
    }

    /// A text as long as a window, and one piece longer.
    @Test func aWindowIsFullBeforeThereIsASecond() throws {
        let encoder = try Self.onePass()
        let full = [String](repeating: "a", count: 24).joined(separator: " ")
        #expect(encoder.windows(of: full).windows.count == 1)
        #expect(encoder.windows(of: full, splits: false).isCut == false)
        let windows = encoder.windows(of: full + " b").windows
        #expect(windows.map(\.pieces.count) == [24, 7])
        #expect(windows.map(\.span) == [0..<47, 36..<49])
        #expect(encoder.windows(of: full + " b", splits: false).isCut)
    }

    @Test(arguments: [32, 48, 64, nil])
    func onePassFeedsBothHeads(dimension: Int?) throws {
        let encoder = try Self.onePass(dimension: dimension)
        let expected = try Self.expected()
        let model = try #require(encoder.colbert)
        let head = try #require(model.colbert)
        #expect(encoder.dimension == dimension ?? 64)
        let windows = expected.colbert.passages.map { encoder.windows(of: $0.text, splits: false).windows[0] }
        let data = try encoder.encode(windows)
        #expect(data.count == windows.count)
        for (data, passage) in zip(data, expected.colbert.passages) {
            #expect(data.vectors.rows == passage.kept.count && data.vectors.columns == encoder.dimension)
        }
        for (data, passage) in zip(data, expected.tilde.passages) {
            #expect(data.terms.map(\.piece) == passage.terms.map { Int32($0[0]) })
            #expect(largestDifference(data.terms.map(\.weight), passage.terms.map { $0[1] }) < 1e-4)
        }
        let scores = try #require(expected.colbert.scores["\(encoder.dimension)"])
        for (query, wanted) in zip(expected.colbert.queries, scores) {
            let vectors = try head.query(query.text, model: model, dimension: encoder.dimension)
            #expect(largestDifference(data.map { ColBERT.maxSim(query: vectors, passage: $0.vectors) }, wanted) < 2e-4)
        }
        #expect(try encoder.encode([]).isEmpty)
    }

    @Test func manyWindowsComeBackInOrder() throws {
        let encoder = try Self.onePass()
        let texts = try Self.expected().colbert.passages.map(\.text)
        let windows = (0..<60).map { encoder.windows(of: texts[$0 % texts.count], splits: false).windows[0] }
        let data = try encoder.encode(windows)
        let alone = try texts.map { try encoder.encode(encoder.windows(of: $0, splits: false).windows)[0] }
        for (number, found) in data.enumerated() {
            let wanted = alone[number % texts.count]
            #expect(largestDifference(found.vectors.elements, wanted.vectors.elements) < 1e-5)
            #expect(found.terms.map(\.piece) == wanted.terms.map(\.piece))
        }
    }

    @Test func twoCheckpointsEachEncodeThePassage() throws {
        let (late, exact) = (try RankingFixtures.model("colbert-ai"), try RankingFixtures.model("tilde"))
        let encoder = try PassageEncoder(models: ModelSet(colbert: late, tilde: exact, crossEncoder: nil))
        #expect(encoder.capacity == 21, "the shorter of both, with room for the marker")
        let expected = try RankingFixtures.decode(RankingFixtures.ExactMatch.self, "tilde/expected.json")
        let vectors = try RankingFixtures.decode(RankingFixtures.LateInteraction.self, "colbert-ai/expected.json")
        for (number, passage) in expected.passages.enumerated() {
            let (windows, isCut) = encoder.windows(of: passage.text, splits: false)
            guard !isCut else { continue }
            let data = try encoder.encode(windows)[0]
            #expect(data.terms.map(\.piece) == passage.terms.map { Int32($0[0]) })
            #expect(largestDifference(data.terms.map(\.weight), passage.terms.map { $0[1] }) < 1e-4)
            #expect(data.vectors.rows == vectors.passages[number].kept.count)
            #expect(largestDifference(data.vectors.row(0), try #require(vectors.passages[number].first)) < 1e-4)
        }
        // A window in the middle is encoded from its own text.
        let long = expected.passages.map(\.text).joined(separator: " ")
        let middle = encoder.windows(of: long).windows[2]
        let text = String(decoding: Array(long.utf8)[middle.span], as: UTF8.self)
        let alone = try encoder.encode(encoder.windows(of: text).windows)[0]
        let found = try encoder.encode([middle])[0]
        #expect(found.terms.map(\.piece) == alone.terms.map(\.piece))
        // Not equal to the bit: a BLAS may sum in another order where its threads divide the work anew.
        #expect(largestDifference(found.terms.map(\.weight), alone.terms.map(\.weight)) < 1e-5)
    }

    @Test func oneModelAloneServes() throws {
        let exact = try RankingFixtures.model("tilde")
        let encoder = try PassageEncoder(models: ModelSet(colbert: nil, tilde: exact, crossEncoder: nil))
        let data = try encoder.encode(encoder.windows(of: "a router in a network").windows)
        #expect(data.count == 1 && data[0].vectors.rows == 0 && !data[0].terms.isEmpty)
        let late = try PassageEncoder(
            models: ModelSet(colbert: RankingFixtures.model("colbert-ai"), tilde: nil, crossEncoder: nil))
        let rows = try late.encode(late.windows(of: "a router in a network").windows)
        #expect(rows.count == 1 && rows[0].vectors.rows == 8 && rows[0].terms.isEmpty)
        let absent: RankingModel? = nil
        let none = try PassageEncoder(models: ModelSet(colbert: absent, tilde: absent, crossEncoder: absent))
        #expect(none.windows(of: "text").windows.isEmpty)
    }

    @Test func aDimensionThatIsNotUsableIsRefusedInWords() throws {
        #expect {
            try Self.onePass(dimension: 40)
        } throws: { error in
            let text = "\(error)"
            return error is RankingError && text.contains("40") && text.contains("32, 48, 64")
        }
    }
}
