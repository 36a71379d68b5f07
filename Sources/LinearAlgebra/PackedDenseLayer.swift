import CKernels

/// What a dense layer in codes consists of, as a file keeps it: `DenseLayer.packed` takes it apart, `DenseLayer.init`
/// puts it together.
public struct PackedDenseLayer: Sendable {
    /// The version of the layout of `weight`: another one is not read.
    public static let version = 1

    /// Bytes of a weight `[outputs, inputs]`; nil for a precision without codes, and for sizes that cannot be.
    public static func weightBytes(outputs: Int, inputs: Int, precision: Precision) -> Int? {
        guard precision.hasCodes, outputs > 0, inputs > 0 else { return nil }
        let bytes = precision == .int4 ? pk_packed_i4_bytes(outputs, inputs) : pk_packed_i8_bytes(outputs, inputs)
        return bytes > 0 ? bytes : nil
    }

    public var bias: [Float]
    /// By which the inputs are multiplied before they are quantised; nil where they are not.
    public var factors: [Float]?
    /// What is added to every input first.
    public var shift: Float
    /// The code that stands for 0, from 0 to 255.
    public var zero: Int

    public init(bias: [Float], factors: [Float]?, shift: Float, zero: Int) {
        self.bias = bias
        self.factors = factors
        self.shift = shift
        self.zero = zero
    }
}

extension DenseLayer {
    /// Puts a layer together; nil where sizes do not agree, a scale is not finite or the precision has no codes.
    ///
    /// - Parameter weight: as `withPacked` gave it, at no particular alignment; it is copied.
    public init?(
        outputs: Int, inputs: Int, precision: Precision, weight: UnsafeRawBufferPointer, _ parts: PackedDenseLayer
    ) {
        guard
            PackedDenseLayer.weightBytes(outputs: outputs, inputs: inputs, precision: precision) == weight.count,
            parts.bias.count == outputs, parts.factors?.count ?? inputs == inputs, (0...255).contains(parts.zero),
            pk_packed_is_finite(weight.baseAddress, outputs, inputs, precision == .int4 ? 4 : 8) == 1
        else { return nil }
        self.init(
            outputs: outputs, inputs: inputs, precision: precision, packed: AlignedBytes(weight),
            bias: Matrix(rows: 1, columns: outputs, parts.bias),
            factors: parts.factors.map { Matrix(rows: 1, columns: inputs, $0) }, shift: parts.shift,
            zero: Int32(parts.zero))
    }

    /// Takes a layer in codes apart; nil for one of floats.
    public func withPacked<R>(_ body: (UnsafeRawBufferPointer, PackedDenseLayer) throws -> R) rethrows -> R? {
        guard precision.hasCodes, let bias else { return nil }
        let parts = PackedDenseLayer(
            bias: bias.elements, factors: factors.map { $0.elements }, shift: shift, zero: Int(zero))
        return try body(UnsafeRawBufferPointer(start: packed.pointer, count: packed.count), parts)
    }
}
