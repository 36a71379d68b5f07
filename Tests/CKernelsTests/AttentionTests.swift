import CKernels
import Foundation
import Testing

@Suite struct AttentionTests {
    struct Head: CustomStringConvertible, Sendable {
        let tokens: Int
        let attended: Int
        let size: Int
        let window: Int

        var description: String { "\(attended) of \(tokens) tokens, \(size) columns, window \(window)" }
    }

    /// Random shapes, with sizes that models have and odd ones.
    private static func heads(_ count: Int, _ random: inout SeededGenerator) -> [Head] {
        (0..<count).map { _ in
            let tokens = Int.random(in: 1...130, using: &random)
            return Head(
                tokens: tokens, attended: Int.random(in: 1...tokens, using: &random),
                size: [32, 64, 8, 20, 3, 48].randomElement(using: &random) ?? 32,
                window: Bool.random(using: &random) ? 0 : Int.random(in: 1...40, using: &random))
        }
    }

    private static func expected(_ rows: [Float], _ stride: Int, _ head: Head, scale: Double) -> [Double] {
        func element(_ token: Int, _ part: Int, _ column: Int) -> Double {
            Double(rows[token * stride + part * head.size + column])
        }
        var out: [Double] = []
        for i in 0..<head.tokens {
            var low = head.window == 0 ? 0 : max(0, i - head.window)
            let high = head.window == 0 ? head.attended : min(head.attended, i + head.window + 1)
            // A token with nothing to see sees the last one that may be seen.
            if low >= head.attended { low = head.attended - 1 }
            let scores = (low..<high).map { j in
                scale * (0..<head.size).reduce(0.0) { $0 + element(i, 0, $1) * element(j, 1, $1) }
            }
            let top = scores.max() ?? 0
            let weights = scores.map { exp($0 - top) }
            let sum = weights.reduce(0, +)
            for column in 0..<head.size {
                out.append(
                    zip(low..<high, weights).reduce(0.0) { $0 + $1.1 / sum * element($1.0, 2, column) })
            }
        }
        return out
    }

    @Test func everyFormAgreesWithDoubles() {
        var random = SeededGenerator(21)
        for head in Self.heads(120, &random) {
            let stride = 3 * head.size + Int.random(in: 0...4, using: &random)
            let rows = random.floats(head.tokens * stride, in: -2...2)
            let expected = Self.expected(rows, stride, head, scale: 0.3)
            for level in ProductTests.levels {
                var scratch = [Float](
                    repeating: .nan, count: pk_attention_scratch_count(head.tokens, head.size))
                var out = [Float](repeating: .nan, count: head.tokens * head.size)
                let result = rows.withUnsafeBufferPointer { rows -> Int32 in
                    guard let start = rows.baseAddress else { return -1 }
                    return pk_attention(
                        level, start, start + head.size, start + 2 * head.size, stride, head.tokens, head.attended,
                        head.size, head.window, 0.3, &scratch, &out, head.size)
                }
                #expect(result == PK_OK)
                #expect(largestDifference(out, expected) < 5e-5, "\(head), level \(level)")
            }
        }
    }

    @Test(arguments: ProductTests.levels)
    func whatIsNotANumberIsNotHidden(level: Int32) {
        var rows = [Float](repeating: 0.5, count: 20 * 96)
        rows[5 * 96 + 40] = .nan
        var scratch = [Float](repeating: 0, count: pk_attention_scratch_count(20, 32))
        var out = [Float](repeating: 0, count: 20 * 32)
        rows.withUnsafeBufferPointer { rows in
            guard let start = rows.baseAddress else { return }
            _ = pk_attention(level, start, start + 32, start + 64, 96, 20, 20, 32, 0, 0.2, &scratch, &out, 32)
        }
        #expect(out.allSatisfy { $0.isNaN }, "every token sees the damaged key")
    }

    @Test func impossibleShapesAreRefused() {
        var scratch = [Float](repeating: 0, count: pk_attention_scratch_count(4, 8))
        let rows = [Float](repeating: 1, count: 4 * 24)
        var out = [Float](repeating: 3, count: 32)
        for (attended, stride, outStride) in [(0, 24, 8), (5, 24, 8), (4, 7, 8), (4, 24, 7)] {
            let result = pk_attention(
                0, rows, rows, rows, stride, 4, attended, 8, 0, 1, &scratch, &out, outStride)
            #expect(result == PK_BAD_SIZE)
        }
        #expect(out.allSatisfy { $0 == 3 })
    }
}
