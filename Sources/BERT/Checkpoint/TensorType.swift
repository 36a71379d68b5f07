/// The type of a tensor's elements, under its name in the safetensors format.
///
/// The format's types of less than a byte (`F4`, `F6_…`) are not read.
public enum TensorType: String, Sendable, CaseIterable, Codable {
    case f64 = "F64"
    case f32 = "F32"
    case f16 = "F16"
    case bf16 = "BF16"
    case e4m3 = "F8_E4M3"
    case e5m2 = "F8_E5M2"
    case e8m0 = "F8_E8M0"
    case i64 = "I64"
    case i32 = "I32"
    case i16 = "I16"
    case i8 = "I8"
    case u64 = "U64"
    case u32 = "U32"
    case u16 = "U16"
    case u8 = "U8"
    case bool = "BOOL"
    case c64 = "C64"

    /// Bytes of one element.
    public var byteCount: Int {
        switch self {
        case .f64, .i64, .u64, .c64: 8
        case .f32, .i32, .u32: 4
        case .f16, .bf16, .i16, .u16: 2
        case .e4m3, .e5m2, .e8m0, .i8, .u8, .bool: 1
        }
    }

    /// Whether the elements can be read as `Float`.
    public var isFloat: Bool {
        switch self {
        case .f64, .f32, .f16, .bf16, .e4m3, .e5m2: true
        default: false
        }
    }
}
