import CKernels
import Testing

@Suite struct FiniteTests {
    /// Lengths around those that are looked at together, and places at their ends.
    private static let places: [(count: Int, place: Int)] = [
        (1, 0), (7, 6), (2047, 2046), (2048, 0), (2049, 2048), (5000, 2047), (5000, 4999),
    ]

    @Test func finiteValuesAreAllRight() {
        let floats: [Float] = [0, -0, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, 1]
        #expect(pk_first_not_finite(floats, floats.count) == floats.count)
        #expect(pk_first_not_finite(floats, 0) == 0)
        let halves = (0...UInt16.max).filter { Float16(bitPattern: $0).isFinite }
        #expect(halves.count == 63_488)
        #expect(pk_first_not_finite_half(halves, halves.count) == halves.count)
    }

    @Test(arguments: [Float.nan, .signalingNaN, -.infinity, .infinity])
    func theFirstThatIsNotFiniteIsFound(value: Float) {
        for (count, place) in Self.places {
            var floats = [Float](repeating: -3, count: count)
            floats[place] = value
            floats[count - 1] = value
            #expect(pk_first_not_finite(floats, count) == place)
            let halves = floats.map { Float16($0).bitPattern }
            #expect(pk_first_not_finite_half(halves, count) == place)
        }
    }

    @Test func everyHalfThatIsNotFiniteIsFound() {
        for bits in 0...UInt16.max where !Float16(bitPattern: bits).isFinite {
            #expect(pk_first_not_finite_half([0, bits], 2) == 1)
        }
    }

    @Test(arguments: [8, 4]) func scalesOfPackedWeightsAreLookedAt(bits: Int32) {
        let (outputs, inputs) = (35, 70)
        let weight = (0..<outputs * inputs).map { Float($0 % 17) - 8 }
        let bytes = bits == 4 ? pk_packed_i4_bytes(outputs, inputs) : pk_packed_i8_bytes(outputs, inputs)
        // Aligned as the packing wants it.
        var packed = [UInt64](repeating: 0, count: (bytes + 7) / 8)
        packed.withUnsafeMutableBytes { target in
            let result =
                bits == 4
                ? pk_pack_i4(weight, outputs, inputs, target.baseAddress, nil, nil)
                : pk_pack_i8(weight, outputs, inputs, 128, target.baseAddress, nil, nil)
            #expect(result == PK_OK)
            #expect(pk_packed_is_finite(target.baseAddress, outputs, inputs, bits) == 1)
            // Blocks end with a scale; all have the same size.
            let blocks = 2 * 3
            for block in 1...blocks {
                let last = bytes / blocks * block - 1
                let before = target[last]
                (target[last], target[last - 1]) = (0x7F, target[last - 1] | 0x80)
                #expect(pk_packed_is_finite(target.baseAddress, outputs, inputs, bits) == 0)
                target[last] = before
                target[last - 1] &= 0x7F
            }
        }
    }
}
