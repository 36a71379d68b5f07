import CKernels

/// Refuses weights that are NaN or infinite: a single one spreads over every text that meets it, and a score that is no
/// number has no place in an order.
enum FiniteElements {
    /// Throws `CheckpointError` that names the tensor and the element.
    static func require(
        _ elements: UnsafeBufferPointer<Float>, of tensor: TensorDescription, in path: String
    ) throws {
        guard let start = elements.baseAddress else { return }
        let place = pk_first_not_finite(start, elements.count)
        guard place < elements.count else { return }
        throw refusal(tensor, place, isNaN: elements[place].isNaN, path)
    }

    /// What to say of the element at a place, counted from the tensor's first.
    static func refusal(
        _ tensor: TensorDescription, _ place: Int, isNaN: Bool, _ path: String
    ) -> CheckpointError {
        var (rest, indices) = (place, [Int]())
        for extent in tensor.shape.reversed() where extent > 0 {
            indices.insert(rest % extent, at: 0)
            rest /= extent
        }
        let element = indices.isEmpty ? "its value" : "element \(indices)"
        return CheckpointError(
            path, tensor: tensor.name, "\(element) is \(isNaN ? "not a number (NaN)" : "infinite")",
            remedy:
                "weights must be finite; get the model anew, or save it again as it was before its training went astray"
        )
    }
}
