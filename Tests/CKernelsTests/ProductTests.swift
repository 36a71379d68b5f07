import CKernels
import Foundation
import Testing

/// Every form of the products over packed weights that this processor has, against sums of doubles.
@Suite struct ProductTests {
    struct Product: CustomStringConvertible, Sendable {
        let rows: Int
        let outputs: Int
        let inputs: Int

        var description: String { "[\(rows), \(inputs)] · [\(outputs), \(inputs)]ᵀ" }

        /// Around the heights of tiles, the widths of panels and groups, and the sizes that models have.
        static let all: [Product] = [
            Product(rows: 0, outputs: 3, inputs: 4), Product(rows: 1, outputs: 1, inputs: 1),
            Product(rows: 3, outputs: 5, inputs: 7), Product(rows: 7, outputs: 32, inputs: 32),
            Product(rows: 8, outputs: 31, inputs: 33), Product(rows: 14, outputs: 64, inputs: 31),
            Product(rows: 15, outputs: 33, inputs: 64), Product(rows: 29, outputs: 70, inputs: 101),
            Product(rows: 43, outputs: 96, inputs: 384), Product(rows: 5, outputs: 384, inputs: 1536),
        ]
    }

    static let levels = 0...pk_best_level()

    /// `x · wᵀ` in doubles.
    private static func product(_ x: [Double], _ w: [Double], _ size: Product) -> [Double] {
        var y = [Double](repeating: 0, count: size.rows * size.outputs)
        for r in 0..<size.rows {
            for o in 0..<size.outputs {
                var sum = 0.0
                for i in 0..<size.inputs { sum += x[r * size.inputs + i] * w[o * size.inputs + i] }
                y[r * size.outputs + o] = sum
            }
        }
        return y
    }

    private static func activated(_ x: Double, _ activation: Int) -> Double {
        switch activation {
        case PK_GELU: 0.5 * x * (1 + erf(x * 0.5.squareRoot()))
        case PK_GELU_TANH: 0.5 * x * (1 + tanh(0.797_884_560_802_865_36 * (x + 0.044715 * x * x * x)))
        case PK_RELU: max(0, x)
        case PK_TANH: tanh(x)
        case PK_SILU: x / (1 + exp(-x))
        default: x
        }
    }

    private static func packed(_ w: [Float], _ size: Product) -> [Float] {
        var packed = [Float](repeating: .nan, count: pk_packed_f32_count(size.outputs, size.inputs))
        #expect(pk_pack_f32(w, size.outputs, size.inputs, &packed) == PK_OK)
        return packed
    }

    @Test(arguments: Product.all, levels)
    func floatsAgreeWithDoubles(_ size: Product, level: Int32) {
        var random = SeededGenerator(11)
        let x = random.floats(size.rows * size.inputs, in: -1...1)
        let w = random.floats(size.outputs * size.inputs, in: -1...1)
        let bias = random.floats(size.outputs)
        let residual = random.floats(size.rows * size.outputs)
        let sums = Self.product(x.map(Double.init), w.map(Double.init), size)
        let packed = Self.packed(w, size)
        for activation in [PK_IDENTITY, PK_GELU, PK_GELU_TANH, PK_RELU, PK_TANH, PK_SILU] {
            let expected = sums.indices.map {
                Self.activated(sums[$0] + Double(bias[$0 % size.outputs]), activation) + Double(residual[$0])
            }
            var y = [Float](repeating: .nan, count: sums.count)
            bias.withUnsafeBufferPointer { bias in
                residual.withUnsafeBufferPointer { residual in
                    var completion = pk_completion(
                        bias: bias.baseAddress, residual: residual.baseAddress, residual_stride: size.outputs,
                        activation: Int32(activation))
                    // In two parts, as two threads would.
                    let half = size.outputs / 64 * 32
                    for columns in [0..<half, half..<size.outputs] {
                        let result = pk_product_f32(
                            level, x, size.rows, size.inputs, packed, size.outputs, size.inputs, columns.lowerBound,
                            columns.upperBound, &completion, &y, size.outputs)
                        #expect(result == PK_OK)
                    }
                }
            }
            #expect(largestDifference(y, expected) < 1e-6 * Double(10 + size.inputs).squareRoot() * 4)
        }
    }

    @Test(arguments: levels)
    func aRowIsTheSameWhateverComesWithIt(level: Int32) {
        let size = Product(rows: 31, outputs: 64, inputs: 100)
        var random = SeededGenerator(12)
        let x = random.floats(size.rows * size.inputs)
        let packed = Self.packed(random.floats(size.outputs * size.inputs), size)
        func rows(_ range: Range<Int>) -> [Float] {
            var y = [Float](repeating: 0, count: range.count * size.outputs)
            x.withUnsafeBufferPointer { x in
                guard let start = x.baseAddress else { return }
                _ = pk_product_f32(
                    level, start + range.lowerBound * size.inputs, range.count, size.inputs, packed, size.outputs,
                    size.inputs, 0, size.outputs, nil, &y, size.outputs)
            }
            return y
        }
        let all = rows(0..<size.rows)
        #expect((0..<size.rows).flatMap { rows($0..<$0 + 1) } == all)
        #expect(rows(0..<13) + rows(13..<31) == all)
    }

    /// Codes and scales of random values, and the values that they stand for.
    private static func quantised(
        _ x: [Float], rows: Int, inputs: Int, factors: [Float], zero: Int32, level: Int32
    ) -> (codes: [UInt8], scales: [Float], values: [Double]) {
        let width = pk_code_count(inputs)
        var codes = [UInt8](repeating: 7, count: rows * width)
        var scales = [Float](repeating: 7, count: rows * width / Int(PK_GROUP))
        factors.withUnsafeBufferPointer { factors in
            var how = pk_quantisation(factors: factors.baseAddress, shift: 0.1, zero: zero)
            pk_quantise_groups(level, x, rows, inputs, inputs, &how, &codes, &scales)
        }
        var values: [Double] = []
        for r in 0..<rows {
            for i in 0..<inputs {
                let scale = scales[r * width / Int(PK_GROUP) + i / Int(PK_GROUP)]
                values.append(Double(scale) * Double(Int32(codes[r * width + i]) - zero))
            }
        }
        return (codes, scales, values)
    }

    @Test(arguments: Product.all, [0, 128] as [Int32])
    func groupsAreQuantisedAlikeAtEveryLevel(_ size: Product, zero: Int32) {
        var random = SeededGenerator(13)
        let range: ClosedRange<Float> = zero == 0 ? -0.1...5 : -5...5
        let x = random.floats(size.rows * size.inputs, in: range)
        let factors = random.floats(size.inputs, in: 0.5...2)
        let portable = Self.quantised(
            x, rows: size.rows, inputs: size.inputs, factors: factors, zero: zero, level: 0)
        for level in Self.levels {
            let form = Self.quantised(
                x, rows: size.rows, inputs: size.inputs, factors: factors, zero: zero, level: level)
            #expect(form.codes == portable.codes && form.scales == portable.scales)
        }
        // Half a step of the group's scale at most.
        let groups = pk_code_count(size.inputs) / Int(PK_GROUP)
        for index in x.indices {
            let (row, input) = (index / size.inputs, index % size.inputs)
            let step = portable.scales[row * groups + input / Int(PK_GROUP)]
            let exact = Double((x[index] + 0.1) * factors[input])
            #expect(abs(portable.values[index] - exact) <= Double(step) * 0.501)
        }
    }

    @Test func valuesThatAreNotFiniteAreNotHidden() {
        var how = pk_quantisation(factors: nil, shift: 0, zero: 128)
        for bad in [Float.nan, .infinity, -.infinity] {
            for level in Self.levels {
                var x = [Float](repeating: 1, count: 64)
                x[40] = bad
                var codes = [UInt8](repeating: 0, count: 64)
                var scales = [Float](repeating: 0, count: 2)
                pk_quantise_groups(level, x, 1, 64, 64, &how, &codes, &scales)
                #expect(scales[0] == 1 / 127 && scales[1].isNaN)
            }
        }
        for level in Self.levels {
            var codes = [UInt8](repeating: 0, count: 32)
            var scales = [Float](repeating: 7, count: 1)
            pk_quantise_groups(level, [Float](repeating: 0, count: 32), 1, 32, 32, &how, &codes, &scales)
            #expect(scales[0] == 0 && codes.allSatisfy { $0 == 128 })
        }
    }

    @Test(arguments: Product.all, [0, 128] as [Int32])
    func bytesAreMultipliedExactly(_ size: Product, zero: Int32) {
        var random = SeededGenerator(14)
        let range: ClosedRange<Float> = zero == 0 ? 0...1 : -1...1
        let factors = [Float](repeating: 1, count: size.inputs)
        let x = Self.quantised(
            random.floats(size.rows * size.inputs, in: range), rows: size.rows, inputs: size.inputs, factors: factors,
            zero: zero, level: 0)
        let w = random.floats(size.outputs * size.inputs, in: -1...1)
        var packed = [UInt8](repeating: 7, count: pk_packed_i8_bytes(size.outputs, size.inputs))
        let ones = [Float](repeating: 1, count: size.inputs)
        var sums = [Float](repeating: 0, count: size.outputs)
        #expect(pk_pack_i8(w, size.outputs, size.inputs, zero, &packed, ones, &sums) == PK_OK)
        // The weights that the codes stand for: an output's scale in a group is its largest weight there over 127.
        var rounded = w.map(Double.init)
        for o in 0..<size.outputs {
            for first in stride(from: 0, to: size.inputs, by: Int(PK_GROUP)) {
                let group = o * size.inputs + first..<o * size.inputs + min(size.inputs, first + Int(PK_GROUP))
                let scale = (w[group].map(abs).max() ?? 0) / 127
                for index in group { rounded[index] = Double(scale) * Double((w[index] / scale).rounded()) }
            }
        }
        let expected = Self.product(x.values, rounded, size)
        let expectedSums = Self.product(
            ones.map(Double.init), rounded, Product(rows: 1, outputs: size.outputs, inputs: size.inputs))
        #expect(largestDifference(sums, expectedSums) < 2e-2)
        var portable: [Float] = []
        for level in Self.levels {
            var y = [Float](repeating: .nan, count: expected.count)
            let result = Self.multiply(x, packed, size, level: level, zero: zero, bits: 8, into: &y)
            #expect(result == PK_OK)
            // A weight between two codes may be rounded either way by the division above.
            #expect(largestDifference(y, expected) < 2e-2)
            if level == 0 { portable = y }
            #expect(y == portable, "level \(level) gives other bits than the portable form")
        }
    }

    private static func multiply(
        _ x: (codes: [UInt8], scales: [Float], values: [Double]), _ packed: [UInt8], _ size: Product, level: Int32,
        zero: Int32, bits: Int32, into y: inout [Float]
    ) -> Int32 {
        x.codes.withUnsafeBufferPointer { codes in
            x.scales.withUnsafeBufferPointer { scales in
                var rows = pk_factors_i8(
                    codes: codes.baseAddress, scales: scales.baseAddress, rows: size.rows, zero: zero, bits: bits)
                return pk_product_i8(
                    level, &rows, packed, size.outputs, size.inputs, 0, size.outputs, nil, &y, size.outputs)
            }
        }
    }

    /// Small ones only, since a weight is packed once for each of its inputs.
    @Test(arguments: Product.all.filter { $0.inputs <= 101 }, [0, 128] as [Int32])
    func weightsOfFourBitsAreMultipliedExactly(_ size: Product, zero: Int32) {
        var random = SeededGenerator(17)
        let ones = [Float](repeating: 1, count: size.inputs)
        let x = Self.quantised(
            random.floats(size.rows * size.inputs, in: zero == 0 ? 0...1 : -1...1), rows: size.rows,
            inputs: size.inputs, factors: ones, zero: zero, level: 0)
        let w = random.floats(size.outputs * size.inputs, in: -1...1)
        var packed = [UInt8](repeating: 7, count: pk_packed_i4_bytes(size.outputs, size.inputs))
        // What the codes stand for, one input at a time.
        var rounded = [Double](repeating: 0, count: w.count)
        for input in 0..<size.inputs {
            var one = [Float](repeating: 0, count: size.inputs)
            one[input] = 1
            var column = [Float](repeating: 0, count: size.outputs)
            #expect(pk_pack_i4(w, size.outputs, size.inputs, &packed, one, &column) == PK_OK)
            for output in 0..<size.outputs { rounded[output * size.inputs + input] = Double(column[output]) }
        }
        // The levels are at most 19 of 127 apart, and a value beyond the last may be a third off.
        let worst = zip(rounded, w).map { abs($0 - Double($1)) }.max() ?? 0
        #expect(worst < 0.35)
        let meanSquare = zip(rounded, w).reduce(0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) }
        #expect((meanSquare / Double(w.count)).squareRoot() < 0.05)
        let expected = Self.product(x.values, rounded, size)
        var portable: [Float] = []
        for level in Self.levels {
            var y = [Float](repeating: .nan, count: expected.count)
            #expect(Self.multiply(x, packed, size, level: level, zero: zero, bits: 4, into: &y) == PK_OK)
            #expect(largestDifference(y, expected) < 1e-3)
            if level == 0 { portable = y }
            #expect(y == portable, "level \(level) gives other bits than the portable form")
        }
    }

    @Test(arguments: Product.all, levels)
    func aProductThatIsQuantisedAtOnceIsTheSame(_ size: Product, level: Int32) {
        var random = SeededGenerator(16)
        let factors = [Float](repeating: 1, count: size.inputs)
        let x = Self.quantised(
            random.floats(size.rows * size.inputs, in: -1...1), rows: size.rows, inputs: size.inputs,
            factors: factors, zero: 128, level: 0)
        let w = random.floats(size.outputs * size.inputs, in: -1...1)
        var packed = [UInt8](repeating: 7, count: pk_packed_i8_bytes(size.outputs, size.inputs))
        #expect(pk_pack_i8(w, size.outputs, size.inputs, 128, &packed, nil, nil) == PK_OK)
        let (bias, nextFactors) = (random.floats(size.outputs), random.floats(size.outputs, in: 0.5...2))
        let groups = pk_code_count(size.outputs) / Int(PK_GROUP)
        var y = [Float](repeating: .nan, count: size.rows * size.outputs)
        var codes = [UInt8](repeating: 7, count: size.rows * groups * Int(PK_GROUP))
        var scales = [Float](repeating: 7, count: size.rows * groups)
        var (apart, apartScales) = (codes, scales)
        bias.withUnsafeBufferPointer { bias in
            nextFactors.withUnsafeBufferPointer { factors in
                x.codes.withUnsafeBufferPointer { given in
                    x.scales.withUnsafeBufferPointer { givenScales in
                        var rows = pk_factors_i8(
                            codes: given.baseAddress, scales: givenScales.baseAddress, rows: size.rows, zero: 128,
                            bits: 8)
                        var completion = pk_completion(
                            bias: bias.baseAddress, residual: nil, residual_stride: 0, activation: Int32(PK_GELU))
                        var next = pk_quantisation(factors: factors.baseAddress, shift: 0.1701, zero: 0)
                        let half = size.outputs / 64 * 32
                        for columns in [0..<half, half..<size.outputs] {
                            let result = pk_product_i8_codes(
                                level, &rows, packed, size.outputs, size.inputs, columns.lowerBound,
                                columns.upperBound, &completion, &next, &codes, &scales)
                            #expect(result == PK_OK)
                        }
                        _ = pk_product_i8(
                            level, &rows, packed, size.outputs, size.inputs, 0, size.outputs, &completion, &y,
                            size.outputs)
                        pk_quantise_groups(level, y, size.rows, size.outputs, size.outputs, &next, &apart, &apartScales)
                    }
                }
            }
        }
        #expect(codes == apart && scales == apartScales)
    }

    @Test(arguments: Product.all)
    func bfloat16AgreesWithRoundedFactors(_ size: Product) {
        func rounded(_ x: Float) -> Double {
            let bits = x.bitPattern
            return Double(Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000))
        }
        var random = SeededGenerator(15)
        let x = random.floats(size.rows * size.inputs, in: -1...1)
        let w = random.floats(size.outputs * size.inputs, in: -1...1)
        let expected = Self.product(x.map(rounded), w.map(rounded), size)
        var packed = [UInt16](repeating: 7, count: pk_packed_bf16_count(size.outputs, size.inputs))
        #expect(pk_pack_bf16(w, size.outputs, size.inputs, &packed) == PK_OK)
        for level in Self.levels {
            var halves = [UInt16](repeating: 7, count: size.rows * (size.inputs + 1))
            pk_bf16_rows(level, x, size.rows, size.inputs, size.inputs, &halves)
            var y = [Float](repeating: .nan, count: expected.count)
            let result = pk_product_bf16(
                level, halves, size.rows, packed, size.outputs, size.inputs, 0, size.outputs, nil, &y, size.outputs)
            #expect(result == PK_OK)
            #expect(largestDifference(y, expected) < 1e-4)
        }
    }

    @Test func impossibleSizesAreRefused() {
        #expect(pk_packed_f32_count(0, 4) == 0 && pk_packed_f32_count(4, 0) == 0)
        #expect(pk_packed_f32_count(.max / 2, .max / 2) == 0 && pk_packed_i8_bytes(.max / 2, .max / 2) == 0)
        #expect(pk_packed_bf16_count(.max / 2, .max / 2) == 0 && pk_attention_scratch_count(.max / 2, 64) == 0)
        let size = Product(rows: 1, outputs: 64, inputs: 2)
        let packed = Self.packed([Float](repeating: 1, count: 128), size)
        var y = [Float](repeating: 3, count: 64)
        for (first, last) in [(1, 64), (0, 33), (32, 0), (0, 96)] {
            let result = pk_product_f32(0, [1, 1], 1, 2, packed, 64, 2, first, last, nil, &y, 64)
            #expect(result == PK_BAD_SIZE)
        }
        #expect(pk_product_f32(0, [1, 1], 1, 1, packed, 64, 2, 0, 64, nil, &y, 64) == PK_BAD_SIZE)
        #expect(pk_product_f32(0, [1, 1], 1, 2, packed, 64, 2, 0, 64, nil, &y, 63) == PK_BAD_SIZE)
        #expect(y.allSatisfy { $0 == 3 })
    }
}
