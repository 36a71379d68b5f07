/// How the factors of a dense layer's product are stored and multiplied; sums are floats at least.
public enum Precision: String, Sendable, CaseIterable, Codable {
    /// Floats of 32 bits.
    case fp32
    /// bfloat16: half the memory; twice the speed of floats where the processor has two dot-product units for it.
    case bf16
    /// Bytes with a scale for each output, or token, and 32 inputs: a quarter of the memory, three to four times the
    /// speed of floats where the processor has VNNI.
    case int8
    /// Weights of 4 bits with a scale for each output and 32 inputs, an eighth of the memory of floats, made bytes as they
    /// are used: for machines where memory is what is waited for. Slower than `int8` elsewhere, and less exact.
    case int4

    /// Whether weights and inputs are multiplied as codes.
    public var hasCodes: Bool { self == .int8 || self == .int4 }

    /// What measures best on this processor: bytes where it multiplies them faster than floats. Their cost in quality is in
    /// docs/benchmarks.md.
    public static var automatic: Precision { InstructionSet.hasByteProducts ? .int8 : .fp32 }
}
