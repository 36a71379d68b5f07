import CKernels

/// The function that a dense layer applies to its sums.
public enum Activation: Sendable {
    case identity
    /// With the exact error function (Hendrycks and Gimpel 2016).
    case gelu
    /// With the approximation by tanh.
    case geluTanh
    case relu
    case tanh
    case silu

    var code: Int32 {
        switch self {
        case .identity: Int32(PK_IDENTITY)
        case .gelu: Int32(PK_GELU)
        case .geluTanh: Int32(PK_GELU_TANH)
        case .relu: Int32(PK_RELU)
        case .tanh: Int32(PK_TANH)
        case .silu: Int32(PK_SILU)
        }
    }
}
