import CKernels
import LinearAlgebra

/// How ColBERT's unit vectors are stored in a segment, and how stored vectors are scored.
public enum TokenCodec: String, Codable, Sendable, CaseIterable {
    /// One byte a value and a scale a vector; a product with a query is off by about 0.0006.
    case int8
    /// Two bytes a value; a product is off by about 0.0002.
    case float16

    /// How the codec is named in a segment's header.
    var identifier: UInt32 {
        switch self {
        case .int8: 1
        case .float16: 2
        }
    }

    /// Bytes that a vector of `dimension` values takes.
    func bytesPerVector(_ dimension: Int) -> Int {
        switch self {
        case .int8: dimension + MemoryLayout<Float>.size
        case .float16: 2 * dimension
        }
    }

    /// Whether vectors of that many values can be stored.
    func accepts(dimension: Int) -> Bool { dimension > 0 && dimension <= 1024 && dimension % 4 == 0 }

    /// Bytes of some vectors, `[rows, dimension]`. int8: all codes, row after row, then all scales.
    func encode(_ vectors: Matrix) -> [UInt8] {
        let (rows, columns) = (vectors.rows, vectors.columns)
        return [UInt8](unsafeUninitializedCapacity: rows * bytesPerVector(columns)) { bytes, count in
            count = rows * bytesPerVector(columns)
            guard let base = UnsafeMutableRawPointer(bytes.baseAddress), rows > 0 else { return }
            switch self {
            case .int8:
                var scales = [Float](repeating: 0, count: rows)
                pk_quantise_rows(
                    vectors.pointer, base.assumingMemoryBound(to: Int8.self), &scales, rows, columns)
                scales.withUnsafeBytes {
                    UnsafeMutableRawBufferPointer(start: base + rows * columns, count: $0.count).copyMemory(from: $0)
                }
            case .float16:
                pk_float_to_half(vectors.pointer, base.assumingMemoryBound(to: UInt16.self), rows * columns)
            }
        }
    }

    /// The vectors that some bytes stand for, `[rows, dimension]`.
    func decode(_ bytes: UnsafeRawPointer, rows: Int, dimension: Int) -> Matrix {
        let vectors = Matrix(rows: rows, columns: dimension)
        switch self {
        case .int8:
            let codes = bytes.assumingMemoryBound(to: Int8.self)
            let scales = (bytes + rows * dimension).assumingMemoryBound(to: Float.self)
            for row in 0..<rows {
                for column in 0..<dimension {
                    vectors.pointer[row * dimension + column] = Float(codes[row * dimension + column]) * scales[row]
                }
            }
        case .float16:
            pk_half_to_float(bytes.assumingMemoryBound(to: UInt16.self), vectors.pointer, rows * dimension)
        }
        return vectors
    }

    /// Prepares a query, `[rows, dimension]`, for scoring many stored passages.
    func scorer(query: Matrix) -> LateInteractionScorer {
        switch self {
        case .int8: LateInteractionScorer(int8: query)
        case .float16: LateInteractionScorer(float16: query)
        }
    }
}

/// A query laid out for `Σ_i max_j q_i·p_j` over stored passages of one codec.
public struct LateInteractionScorer: Sendable {
    private enum Layout {
        case int8(packed: [Int16], scales: [Float])
        case float16(packed: [Float])
    }

    private let layout: Layout
    private let rows: Int
    private let dimension: Int

    init(int8 query: Matrix) {
        (rows, dimension) = (query.rows, query.columns)
        var scales = [Float](repeating: 0, count: rows)
        var packed = [Int16](repeating: 0, count: pk_packed_query_i8_count(rows, dimension))
        _ = pk_pack_query_i8(query.pointer, rows, dimension, &packed, &scales)
        layout = .int8(packed: packed, scales: scales)
    }

    init(float16 query: Matrix) {
        (rows, dimension) = (query.rows, query.columns)
        var packed = [Float](repeating: 0, count: pk_packed_query_f32_count(rows, dimension))
        _ = pk_pack_query_f32(query.pointer, rows, dimension, &packed)
        layout = .float16(packed: packed)
    }

    /// The score of a passage of `count` stored vectors; 0 where there are none.
    func score(_ bytes: UnsafeRawPointer, vectors count: Int) -> Float {
        guard count > 0, rows > 0 else { return 0 }
        let lanes = Int(PK_QUERY_LANES)
        let padded = (rows + lanes - 1) / lanes * lanes
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: padded) { best in
            guard let out = best.baseAddress else { return 0 }
            switch layout {
            case .int8(let packed, let scales):
                let codes = bytes.assumingMemoryBound(to: Int8.self)
                let passageScales = (bytes + count * dimension).assumingMemoryBound(to: Float.self)
                guard
                    pk_max_sim_i8(InstructionSet.level, packed, rows, codes, passageScales, count, dimension, out)
                        == PK_OK
                else {
                    return 0
                }
                return (0..<rows).reduce(0) { $0 + best[$1] * scales[$1] }
            case .float16(let packed):
                let halves = bytes.assumingMemoryBound(to: UInt16.self)
                guard pk_max_sim_f16(packed, rows, halves, count, dimension, out) == PK_OK else { return 0 }
                return (0..<rows).reduce(0) { $0 + best[$1] }
            }
        }
    }
}
