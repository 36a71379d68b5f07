import BERT
import Testing

@Suite struct FloatConversionTests {
    private func converted<Bits: FixedWidthInteger>(_ elements: [Bits], _ type: TensorType) -> [Float] {
        let bytes = elements.flatMap { SafetensorsBuilder.littleEndian($0) }
        return [Float](unsafeUninitializedCapacity: elements.count) { buffer, count in
            bytes.withUnsafeBytes { FloatConversion.convert($0, of: type, into: buffer) }
            count = elements.count
        }
    }

    #if !(os(macOS) && arch(x86_64))
        @Test func everyHalfIsExact() {
            let all = Array(UInt16.min...UInt16.max)
            let expected = all.map { Float(Float16(bitPattern: $0)).bitPattern }
            #expect(sameBits(converted(all, .f16), expected))
        }
    #endif

    @Test func everyBrainFloatIsTheUpperHalfOfAFloat() {
        let all = Array(UInt16.min...UInt16.max)
        #expect(sameBits(converted(all, .bf16), all.map { UInt32($0) << 16 }))
    }

    @Test func everyE4M3FollowsItsDefinition() {
        let expected = (0...255).map { (bits: Int) -> Float in
            let (exponent, fraction) = (bits >> 3 & 15, Float(bits & 7))
            let sign: Float = bits & 128 == 0 ? 1 : -1
            if exponent == 15 && fraction == 7 { return .nan }
            if exponent == 0 { return sign * fraction / 512 }
            return sign * (1 + fraction / 8) * Float(sign: .plus, exponent: exponent - 7, significand: 1)
        }
        #expect(sameBits(converted(Array(UInt8.min...UInt8.max), .e4m3), expected.map(\.bitPattern)))
    }

    @Test(arguments: ["F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"])
    func everyTypeReadsAsInPyTorch(type: String) throws {
        let file = try SafetensorsFile(path: CheckpointFixtures.path("dtypes.safetensors"))
        let expected = try #require(try CheckpointFixtures.expected().dtypes[type])
        #expect(file.tensors[type]?.type.rawValue == type)
        #expect(sameBits(try file.floats(type), expected))
    }

    @Test(arguments: ["I64", "BOOL"])
    func otherTypesAreThereButAreNoFloats(type: String) throws {
        let file = try SafetensorsFile(path: CheckpointFixtures.path("dtypes.safetensors"))
        #expect(file.tensors[type]?.shape == (type == "I64" ? [3] : [2]))
        let refusal = CheckpointFixtures.refusal { try file.floats(type) }
        #expect(refusal.contains("dtypes.safetensors: tensor \"\(type)\": holds \(type) elements"))
    }
}
