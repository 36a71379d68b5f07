/// What the pickle of a dictionary of tensors may build.
///
/// Containers know how deep they nest, so that nothing is built whose release would overflow the stack.
package enum PickleValue {
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case tuple([PickleValue], depth: Int)
    case dictionary(PickleDictionary)
    case global(PickleGlobal)
    case storage(PickledTensor.Storage)
    case tensor(PickledTensor)

    package var depth: Int {
        switch self {
        case .tuple(_, let depth): depth
        case .dictionary(let dictionary): dictionary.depth
        default: 0
        }
    }

    /// The kind of value in words, for messages.
    package var kind: String {
        switch self {
        case .none: "None"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .number: "a float"
        case .string: "a string"
        case .tuple: "a tuple"
        case .dictionary: "a dictionary"
        case .global(let global): global.name
        case .storage: "a storage"
        case .tensor: "a tensor"
        }
    }

    /// The elements of a tuple of integers from 0 up; nil for anything else.
    package var extents: [Int]? {
        guard case .tuple(let elements, _) = self else { return nil }
        var extents: [Int] = []
        for element in elements {
            guard case .integer(let extent) = element, extent >= 0 else { return nil }
            extents.append(extent)
        }
        return extents
    }
}
