/// The Python names that a pickle of tensors may use. Nothing is imported or called for them: each stands for one
/// thing that the reader knows how to lay out.
package enum PickleGlobal: Equatable, Sendable {
    /// `collections.OrderedDict`, empty.
    case orderedDictionary
    /// `torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`.
    case tensor
    /// `torch._utils._rebuild_parameter(tensor, requires_grad, hooks)`.
    case parameter
    /// The class of a storage, such as `torch.FloatStorage`.
    case storage(TensorType)

    private static let storages: [String: TensorType] = [
        "DoubleStorage": .f64, "FloatStorage": .f32, "HalfStorage": .f16, "BFloat16Storage": .bf16,
        "LongStorage": .i64, "IntStorage": .i32, "ShortStorage": .i16, "CharStorage": .i8, "ByteStorage": .u8,
        "BoolStorage": .bool,
    ]

    /// Nil for every name that is not allowed.
    package init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch._utils", "_rebuild_tensor_v2"): self = .tensor
        case ("torch._utils", "_rebuild_parameter"): self = .parameter
        case ("torch", _):
            guard let type = Self.storages[name] else { return nil }
            self = .storage(type)
        default: return nil
        }
    }

    package var name: String {
        switch self {
        case .orderedDictionary: "collections.OrderedDict"
        case .tensor: "torch._utils._rebuild_tensor_v2"
        case .parameter: "torch._utils._rebuild_parameter"
        case .storage(let type): "a torch storage of \(type.rawValue)"
        }
    }
}
