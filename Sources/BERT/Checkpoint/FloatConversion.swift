/// Conversion of a checkpoint's float types to `Float`: exact for every type but F64, which is rounded to nearest.
///
/// The loops hold no calls and no branches, so that the compiler vectorises them.
package enum FloatConversion {
    /// Converts little-endian elements.
    ///
    /// - Parameters:
    ///   - bytes: at least `target.count` elements of `type`, at any alignment.
    ///   - type: a type whose `isFloat` holds.
    package static func convert(
        _ bytes: UnsafeRawBufferPointer, of type: TensorType, into target: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(type.isFloat && bytes.count >= target.count * type.byteCount)
        switch type {
        case .f32: each(bytes, as: UInt32.self, into: target) { Float(bitPattern: $0) }
        case .f16: each(bytes, as: UInt16.self, into: target, half)
        case .bf16: each(bytes, as: UInt16.self, into: target) { Float(bitPattern: UInt32($0) << 16) }
        case .f64: each(bytes, as: UInt64.self, into: target) { Float(Double(bitPattern: $0)) }
        case .e5m2: each(bytes, as: UInt8.self, into: target) { half(UInt16($0) << 8) }
        case .e4m3: each(bytes, as: UInt8.self, into: target, e4m3)
        default: break
        }
    }

    @inline(__always)
    private static func each<Bits: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer, as type: Bits.Type, into target: UnsafeMutableBufferPointer<Float>,
        _ float: (Bits) -> Float
    ) {
        guard let source = bytes.baseAddress, let first = target.baseAddress else { return }
        for index in 0..<target.count {
            // Wrapping: `convert` has seen that the bytes are there, and a check in the loop would keep it scalar.
            let bits = source.loadUnaligned(fromByteOffset: index &* MemoryLayout<Bits>.size, as: type)
            (first + index).initialize(to: float(Bits(littleEndian: bits)))
        }
    }

    /// IEEE 754 binary16.
    @inline(__always)
    package static func half(_ bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16
        // Exponent and fraction at binary32's places; the exponent's bias still is 15, not 127.
        let magnitude = UInt32(bits & 0x7FFF) << 13
        let normal = magnitude &+ (112 << 23)
        let infiniteOrNaN = magnitude &+ (224 << 23)
        // A subnormal is fraction × 2⁻²⁴: put the fraction under 2⁻¹⁴'s exponent and take 2⁻¹⁴ away again.
        let subnormal = (Float(bitPattern: magnitude &+ (113 << 23)) - Float(bitPattern: 113 << 23)).bitPattern
        let exponent = bits & 0x7C00
        let pattern = exponent == 0 ? subnormal : exponent == 0x7C00 ? infiniteOrNaN : normal
        return Float(bitPattern: sign | pattern)
    }

    /// OCP 8-bit E4M3: bias 7, no infinities, all ones is NaN.
    @inline(__always)
    package static func e4m3(_ bits: UInt8) -> Float {
        let sign = UInt32(bits & 0x80) << 24
        let magnitude = UInt32(bits & 0x7F) << 20
        let normal = magnitude &+ (120 << 23)
        let subnormal = (Float(bitPattern: magnitude &+ (121 << 23)) - Float(bitPattern: 121 << 23)).bitPattern
        let pattern = bits & 0x78 == 0 ? subnormal : bits & 0x7F == 0x7F ? Float.nan.bitPattern : normal
        return Float(bitPattern: sign | pattern)
    }
}
