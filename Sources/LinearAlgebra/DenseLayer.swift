import CKernels

/// A dense layer `y = activation(x · weightᵀ + bias) + residual`, its weight laid out once for the product kernels.
///
///     let layer = DenseLayer(weight: w, bias: b)               // [outputs, inputs], [1, outputs]
///     layer.multiply(x, rows: 32, columns: 0..<layer.outputs, activation: .gelu, into: y)
///
/// An element of `y` is the same to the bit whatever rows and columns are computed along with it. Threads divide the
/// columns among them, in multiples of `grain`. Narrow precisions take rows that `prepare` has converted.
public struct DenseLayer: Sendable {
    /// Columns that are computed together: the width of a panel of packed weights.
    public static let grain = Int(PK_PANEL)

    public let outputs: Int
    public let inputs: Int
    public let precision: Precision
    let packed: AlignedBytes
    let bias: Matrix?
    let factors: Matrix?
    let shift: Float
    let zero: Int32

    init(
        outputs: Int, inputs: Int, precision: Precision, packed: AlignedBytes, bias: Matrix?, factors: Matrix?,
        shift: Float, zero: Int32
    ) {
        self.outputs = outputs
        self.inputs = inputs
        self.precision = precision
        self.packed = packed
        self.bias = bias
        self.factors = factors
        self.shift = shift
        self.zero = zero
    }

    /// Packs a weight `[outputs, inputs]`, neither of them 0, and a bias of `outputs` elements.
    ///
    /// What is known of the inputs makes a layer in codes more exact; the others do not need it.
    public init(weight: Matrix, bias: Matrix?, precision: Precision = .fp32, inputs expected: ExpectedInputs? = nil) {
        precondition(weight.rows > 0 && weight.columns > 0, "a dense layer without elements")
        precondition(bias.map { $0.count == weight.rows } ?? true, "one bias an output")
        outputs = weight.rows
        inputs = weight.columns
        self.precision = precision
        switch precision {
        case .fp32:
            packed = AlignedBytes(count: pk_packed_f32_count(outputs, inputs) * MemoryLayout<Float>.stride)
            _ = pk_pack_f32(weight.pointer, outputs, inputs, packed.pointer.assumingMemoryBound(to: Float.self))
            (self.bias, factors, shift, zero) = (bias, nil, 0, 0)
        case .bf16:
            packed = AlignedBytes(count: pk_packed_bf16_count(outputs, inputs) * MemoryLayout<UInt16>.stride)
            _ = pk_pack_bf16(weight.pointer, outputs, inputs, packed.pointer.assumingMemoryBound(to: UInt16.self))
            (self.bias, factors, shift, zero) = (bias, nil, 0, 0)
        case .int8, .int4:
            let least = expected?.least
            zero = least == nil ? 128 : 0
            shift = least.map { -$0 } ?? 0
            factors = expected.map { Matrix(rows: 1, columns: weight.columns, $0.factors) }
            let means = expected?.means ?? [Float](repeating: 0, count: inputs)
            precondition(means.count == inputs && factors?.count ?? inputs == inputs, "one expectation an input")
            let scaled = factors.map { weight.dividingColumns(by: $0) } ?? weight
            // The bias makes the layer exact for the mean input: it takes off what rounded weights are wrong there, and
            // what the shift adds to every product (bias correction, Nagel et al. 2019).
            let shifted = (0..<inputs).map { [shift] in (means[$0] + shift) * (expected?.factors[$0] ?? 1) }
            let rounded = Matrix(rows: 1, columns: outputs)
            packed = AlignedBytes(
                count: PackedDenseLayer.weightBytes(outputs: outputs, inputs: inputs, precision: precision) ?? 0)
            if precision == .int8 {
                _ = pk_pack_i8(
                    scaled.pointer, outputs, inputs, zero, packed.pointer, shifted, rounded.pointer)
            } else {
                _ = pk_pack_i4(scaled.pointer, outputs, inputs, packed.pointer, shifted, rounded.pointer)
            }
            let corrected = Matrix(rows: 1, columns: outputs)
            for output in 0..<outputs {
                let exact = pk_dot(weight.pointer + output * inputs, means, inputs)
                corrected.pointer[output] = (bias?.pointer[output] ?? 0) + exact - rounded.pointer[output]
            }
            self.bias = corrected
        }
    }

    /// Whether `multiply` takes rows that `prepare` has converted.
    public var takesPreparedRows: Bool { precision != .fp32 }

    /// Converts rows `rows` of `x`, whose row 0 is at the pointer and whose rows are `stride` floats apart.
    public func prepare(_ x: UnsafePointer<Float>, rows: Range<Int>, stride: Int, into prepared: PreparedRows) {
        let start = x + rows.lowerBound * stride
        switch precision {
        case .fp32: break
        case .bf16:
            let width = (inputs + 1) / 2 * 2
            precondition(rows.upperBound * width <= 2 * prepared.capacity, "rows beyond the scratch")
            pk_bf16_rows(
                InstructionSet.level, start, rows.count, stride, inputs,
                prepared.halves(row: rows.lowerBound, width: width))
        case .int8, .int4:
            let width = pk_code_count(inputs)
            precondition(rows.upperBound * width <= prepared.capacity, "rows beyond the scratch")
            var how = quantisation
            pk_quantise_groups(
                InstructionSet.level, start, rows.count, stride, inputs, &how,
                prepared.bytes(row: rows.lowerBound, width: width),
                prepared.scales(row: rows.lowerBound, groups: width / Int(PK_GROUP)))
        }
    }

    /// How the rows of a layer with codes are quantised.
    private var quantisation: pk_quantisation {
        pk_quantisation(factors: factors?.pointer, shift: shift, zero: zero)
    }

    private func codes(_ prepared: PreparedRows, _ rows: Range<Int>) -> pk_factors_i8 {
        let width = pk_code_count(inputs)
        return pk_factors_i8(
            codes: prepared.bytes(row: rows.lowerBound, width: width),
            scales: prepared.scales(row: rows.lowerBound, groups: width / Int(PK_GROUP)), rows: rows.count, zero: zero,
            bits: precision == .int4 ? 4 : 8)
    }

    /// Whether this layer's result can be prepared for `next` without being stored in between.
    public func prepares(for next: DenseLayer) -> Bool {
        precision.hasCodes && next.precision.hasCodes && next.inputs == outputs
    }

    /// Columns `columns` of the layer's result for rows `rows`, as `next.prepare` would convert them.
    ///
    /// The arguments are those of `multiply(_:prepared:rows:stride:columns:activation:residual:into:)`; only where
    /// `prepares(for: next)`.
    public func multiply(
        prepared: PreparedRows, rows: Range<Int>, columns: Range<Int>, activation: Activation, for next: DenseLayer,
        into target: PreparedRows
    ) {
        precondition(prepares(for: next), "rows of one layer are not what the next takes")
        let (row, nextWidth) = (rows.lowerBound, pk_code_count(outputs))
        precondition(rows.upperBound * nextWidth <= target.capacity, "rows beyond the scratch")
        var completion = pk_completion(
            bias: bias?.pointer, residual: nil, residual_stride: 0, activation: activation.code)
        var how = next.quantisation
        var codes = codes(prepared, rows)
        let result = pk_product_i8_codes(
            InstructionSet.level, &codes, packed.pointer, outputs, inputs, columns.lowerBound, columns.upperBound,
            &completion, &how, target.bytes(row: row, width: nextWidth),
            target.scales(row: row, groups: nextWidth / Int(PK_GROUP)))
        precondition(result == PK_OK, "a product that does not fit its panels, or no memory for one")
    }

    /// Columns `columns` of the layer's result for rows `rows`.
    ///
    /// - Parameters:
    ///   - x: `[_, inputs]`, rows `stride` floats apart; not looked at where the layer takes prepared rows.
    ///   - prepared: the same rows as `prepare` left them.
    ///   - columns: from a multiple of `grain` to a multiple of it or the end.
    ///   - residual: `[_, outputs]`, added in the end.
    ///   - y: `[_, outputs]`.
    public func multiply(
        _ x: UnsafePointer<Float>, prepared: PreparedRows? = nil, rows: Range<Int>, stride: Int? = nil,
        columns: Range<Int>? = nil, activation: Activation = .identity, residual: UnsafePointer<Float>? = nil,
        into y: UnsafeMutablePointer<Float>
    ) {
        let columns = columns ?? 0..<outputs
        let (first, last) = (columns.lowerBound, columns.upperBound)
        let row = rows.lowerBound
        var completion = pk_completion(
            bias: bias?.pointer, residual: residual.map { $0 + row * outputs }, residual_stride: outputs,
            activation: activation.code)
        let out = y + row * outputs
        let result: Int32
        switch precision {
        case .fp32:
            let stride = stride ?? inputs
            result = pk_product_f32(
                InstructionSet.level, x + row * stride, rows.count, stride,
                packed.pointer.assumingMemoryBound(to: Float.self), outputs, inputs, first, last, &completion, out,
                outputs)
        case .bf16:
            guard let prepared else { preconditionFailure("the product takes prepared rows") }
            result = pk_product_bf16(
                InstructionSet.level, prepared.halves(row: row, width: (inputs + 1) / 2 * 2), rows.count,
                packed.pointer.assumingMemoryBound(to: UInt16.self), outputs, inputs, first, last, &completion, out,
                outputs)
        case .int8, .int4:
            guard let prepared else { preconditionFailure("the product takes prepared rows") }
            var codes = codes(prepared, rows)
            result = pk_product_i8(
                InstructionSet.level, &codes, packed.pointer, outputs, inputs, first, last, &completion, out, outputs)
        }
        precondition(result == PK_OK, "a product that does not fit its panels, or no memory for one")
    }

    /// The layer's result for all rows of `x`, `[rows, outputs]`.
    public func callAsFunction(_ x: Matrix, activation: Activation = .identity) -> Matrix {
        precondition(x.columns == inputs, "rows of another width than the layer's")
        let y = Matrix(rows: x.rows, columns: outputs)
        let prepared = takesPreparedRows ? PreparedRows(rows: x.rows, inputs: inputs) : nil
        if let prepared { prepare(x.pointer, rows: 0..<x.rows, stride: inputs, into: prepared) }
        multiply(x.pointer, prepared: prepared, rows: 0..<x.rows, activation: activation, into: y.pointer)
        return y
    }
}

extension Matrix {
    /// A copy in which each column is divided by its element of `divisors`, `[1, columns]`.
    fileprivate func dividingColumns(by divisors: Matrix) -> Matrix {
        let copy = copy(rows: 0, count: rows)
        for row in 0..<rows {
            let values = copy.pointer + row * columns
            for column in 0..<columns { values[column] /= divisors.pointer[column] }
        }
        return copy
    }
}
