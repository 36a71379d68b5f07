import CKernels
import Testing

@Suite struct HalfTests {
    @Test func everyHalfBecomesTheSameFloat() {
        let halves = (0...UInt16.max).map { $0 }
        var vector = [Float](repeating: 0, count: halves.count)
        var portable = vector
        pk_half_to_float(halves, &vector, halves.count)
        pk_half_to_float_portable(halves, &portable, halves.count)
        #expect(zip(vector, portable).allSatisfy { $0.bitPattern == $1.bitPattern })
        for (half, value) in zip(halves, portable) {
            let expected = Float16(bitPattern: half)
            if expected.isNaN {
                #expect(value.isNaN)
            } else {
                #expect(value.bitPattern == Float(expected).bitPattern, "half \(half)")
            }
        }
    }

    @Test func everyHalfComesBack() {
        let halves = (0...UInt16.max).map { $0 }
        var floats = [Float](repeating: 0, count: halves.count)
        pk_half_to_float(halves, &floats, halves.count)
        for convert in [pk_float_to_half, pk_float_to_half_portable] {
            var back = [UInt16](repeating: 0, count: halves.count)
            convert(floats, &back, floats.count)
            for (half, result) in zip(halves, back) {
                // A signalling NaN comes back quiet.
                let expected = Float16(bitPattern: half).isNaN ? half | 0x200 : half
                #expect(result == expected)
            }
        }
    }

    /// Floats at, just below and just above the middle between neighbouring halves, subnormal ones included, and any.
    private static let floats: [Float] = {
        var random = SeededGenerator(10)
        var floats: [Float] = []
        for half in stride(from: UInt16(0), to: 0x7C00, by: 3) {
            let middle = (Float(Float16(bitPattern: half)) + Float(Float16(bitPattern: half + 1).magnitude)) / 2
            for value in [middle, middle.nextUp, middle.nextDown] { floats += [value, -value] }
        }
        floats += [
            65504, 65519.996, 65520, 65536, 1e38, .infinity, 0, -0.0, 0x1p-24, 0x1p-25, 0x1.000002p-25,
            .leastNonzeroMagnitude,
        ]
        for _ in 0..<200_000 { floats.append(Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &random))) }
        return floats
    }()

    @Test func roundsToNearestEvenLikeFloat16() {
        for convert in [pk_float_to_half, pk_float_to_half_portable] {
            var halves = [UInt16](repeating: 0, count: Self.floats.count)
            convert(Self.floats, &halves, halves.count)
            let wrong = zip(Self.floats, halves).filter { value, half in
                value.isNaN ? !Float16(bitPattern: half).isNaN : half != Float16(value).bitPattern
            }
            #expect(wrong.isEmpty, "\(wrong.prefix(5))")
        }
    }

    @Test(arguments: [0, 1, 7, 8, 9, 31, 33])
    func everyLengthAgrees(count: Int) {
        var random = SeededGenerator(11)
        let floats = random.floats(count, in: -70_000...70_000)
        var vector = [UInt16](repeating: 7, count: count + 1)
        var portable = vector
        pk_float_to_half(floats, &vector, count)
        pk_float_to_half_portable(floats, &portable, count)
        #expect(vector == portable)
        #expect(vector[count] == 7, "nothing is written beyond the end")
    }
}
