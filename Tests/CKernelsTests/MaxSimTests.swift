import CKernels
import Testing

@Suite struct MaxSimTests {
    struct Case: CustomStringConvertible, Sendable {
        let queryRows: Int
        let passageRows: Int
        let dimension: Int

        var paddedRows: Int { (queryRows + 7) / 8 * 8 }
        var description: String { "\(queryRows) x \(passageRows) rows of \(dimension)" }
    }

    static let cases: [Case] =
        [1, 7, 8, 9, 17, 33, 57].flatMap { queryRows in
            [0, 1, 2, 3, 5, 64].flatMap { passageRows in
                [2, 6, 8, 16, 18, 32, 128].map { Case(queryRows: queryRows, passageRows: passageRows, dimension: $0) }
            }
        } + [Case(queryRows: 3, passageRows: 4, dimension: 1024)]

    @Test(arguments: cases)
    func codesScoreAsTheIntegersDo(_ shape: Case) {
        var random = SeededGenerator(13)
        // The extremes meet each other in the first row.
        let extremes = [Int8](repeating: -127, count: shape.dimension)
        let query =
            [Float](repeating: -1, count: shape.dimension)
            + random.floats((shape.queryRows - 1) * shape.dimension, in: -1...1)
        let passage = (extremes + random.codes(shape.passageRows * shape.dimension)).prefix(
            shape.passageRows * shape.dimension)
        let scales = random.floats(shape.passageRows, in: 0.001...0.1)
        var packed = [Int16](repeating: 5, count: pk_packed_query_i8_count(shape.queryRows, shape.dimension))
        #expect(packed.count == shape.paddedRows * shape.dimension)
        var queryScales = [Float](repeating: 0, count: shape.queryRows)
        #expect(pk_pack_query_i8(query, shape.queryRows, shape.dimension, &packed, &queryScales) == PK_OK)
        let codes = (0..<shape.queryRows * shape.dimension).map { place in
            let (row, column) = place.quotientAndRemainder(dividingBy: shape.dimension)
            let (block, lane) = row.quotientAndRemainder(dividingBy: Int(PK_QUERY_LANES))
            return Int(
                packed[
                    ((block * shape.dimension / 2 + column / 2) * Int(PK_QUERY_LANES) + lane) * 2 + column % 2])
        }
        for (place, code) in codes.enumerated() {
            let scale = queryScales[place / shape.dimension]
            #expect(abs(Float(code) * scale - query[place]) <= 0.51 * scale)
        }

        let expected = (0..<shape.queryRows).map { i in
            (0..<shape.passageRows).map { j in
                let sum = (0..<shape.dimension).reduce(0) {
                    $0 + codes[i * shape.dimension + $1] * Int(passage[j * shape.dimension + $1])
                }
                return Float(sum) * scales[j]
            }.max() ?? -Float.greatestFiniteMagnitude
        }
        for level in ProductTests.levels {
            var best = [Float](repeating: 0, count: shape.paddedRows)
            #expect(
                pk_max_sim_i8(
                    level, packed, shape.queryRows, Array(passage), scales, shape.passageRows, shape.dimension, &best)
                    == PK_OK
            )
            #expect(Array(best.prefix(shape.queryRows)) == expected)
        }
    }

    @Test(arguments: cases + [Case(queryRows: 9, passageRows: 6, dimension: 33)])
    func halvesScoreAsDoublesDo(_ shape: Case) {
        var random = SeededGenerator(14)
        let query = random.floats(shape.queryRows * shape.dimension, in: -1...1)
        let passage = random.floats(shape.passageRows * shape.dimension, in: -1...1).map { Float16($0) }
        let halves = passage.map(\.bitPattern)
        var packed = [Float](repeating: 5, count: pk_packed_query_f32_count(shape.queryRows, shape.dimension))
        #expect(packed.count == shape.paddedRows * shape.dimension)
        #expect(pk_pack_query_f32(query, shape.queryRows, shape.dimension, &packed) == PK_OK)
        let expected = (0..<shape.queryRows).map { i in
            (0..<shape.passageRows).map { j in
                (0..<shape.dimension).reduce(0.0) {
                    $0 + Double(query[i * shape.dimension + $1]) * Double(passage[j * shape.dimension + $1])
                }
            }.max() ?? -Double(Float.greatestFiniteMagnitude)
        }
        for kernel in [pk_max_sim_f16, pk_max_sim_f16_portable] {
            var best = [Float](repeating: 0, count: shape.paddedRows)
            #expect(kernel(packed, shape.queryRows, halves, shape.passageRows, shape.dimension, &best) == PK_OK)
            #expect(largestDifference(Array(best.prefix(shape.queryRows)), expected) < 2e-5)
        }
    }

    @Test func impossibleSizesAreRefusedAndNothingIsWritten() {
        let bytes = [Int8](repeating: 1, count: 4096)
        let words = [Int16](repeating: 1, count: 4096)
        let halves = [UInt16](repeating: 0x3C00, count: 4096)
        let floats = [Float](repeating: 1, count: 8 * 1026)
        let scales: [Float] = [1, 1]
        var best = [Float](repeating: 7, count: 8)
        for level in ProductTests.levels {
            for dimension in [0, 3, 1026] {
                #expect(pk_max_sim_i8(level, words, 1, bytes, scales, 2, dimension, &best) == PK_BAD_SIZE)
            }
        }
        for kernel in [pk_max_sim_f16, pk_max_sim_f16_portable] {
            for dimension in [0, 1025] {
                #expect(kernel(floats, 1, halves, 2, dimension, &best) == PK_BAD_SIZE)
            }
        }
        #expect(best == [Float](repeating: 7, count: 8))

        var packedWords: [Int16] = [7]
        var packedFloats: [Float] = [7]
        for (rows, dimension) in [(0, 8), (1, 0), (1, 3), (1, 1026), (Int.max, 2), (Int.max / 2, 1024)] {
            var scale: Float = 7
            #expect(pk_pack_query_i8(floats, rows, dimension, &packedWords, &scale) == PK_BAD_SIZE)
            #expect(scale == 7)
        }
        for (rows, dimension) in [(0, 8), (1, 0), (1, 1025), (Int.max, 2), (Int.max / 2, 1024)] {
            #expect(pk_pack_query_f32(floats, rows, dimension, &packedFloats) == PK_BAD_SIZE)
        }
        #expect(packedWords == [7] && packedFloats == [7])
        #expect(pk_packed_query_i8_count(Int.max, 1024) == 0)
        #expect(pk_packed_query_f32_count(Int.max, 1024) == 0)
    }

    @Test func aQueryOfNoLengthOrWithoutValuesHasNoCodes() {
        let rows: [[Float]] = [
            [0, 0], [.nan, 1], [.infinity, 1], [.leastNonzeroMagnitude, 0], [3e38, -3e38], [-2, 0],
        ]
        var packed = [Int16](repeating: 5, count: pk_packed_query_i8_count(rows.count, 2))
        var scales = [Float](repeating: 5, count: rows.count)
        #expect(pk_pack_query_i8(rows.flatMap { $0 }, rows.count, 2, &packed, &scales) == PK_OK)
        #expect(packed.prefix(8) == [0, 0, 0, 0, 0, 0, 0, 0])
        #expect(packed[8..<12] == [23170, -23170, -32767, 0])
        #expect(scales.allSatisfy { $0.isFinite && $0 >= 0 })
    }
}
