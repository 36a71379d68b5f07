import CKernels

/// Refuses weights that are NaN or infinite: a single one spreads over every text that meets it, and a score that is no
/// number has no place in an order.
extension TensorSource {
    /// The elements of a tensor of any float type, all of them finite floats.
    ///
    /// - Throws: as `floats(_:)`, and `CheckpointError` that names the first element which is not finite.
    func finiteFloats(_ name: String) throws -> [Float] {
        let elements = try floats(name)
        try elements.withUnsafeBufferPointer { try requireFinite($0, of: name) }
        return elements
    }

    /// Throws `CheckpointError` where one of a tensor's elements is not finite.
    func requireFinite(_ elements: UnsafeBufferPointer<Float>, of name: String) throws {
        guard let start = elements.baseAddress else { return }
        let place = pk_first_not_finite(start, elements.count)
        if place < elements.count { throw try notFinite(name, place, isNaN: elements[place].isNaN) }
    }

    /// What to say of the element at a place, counted from the tensor's first.
    func notFinite(_ name: String, _ place: Int, isNaN: Bool) throws -> CheckpointError {
        var (rest, indices) = (place, [Int]())
        for extent in try tensor(name).shape.reversed() where extent > 0 {
            indices.insert(rest % extent, at: 0)
            rest /= extent
        }
        let element = indices.isEmpty ? "its value" : "element \(indices)"
        return CheckpointError(
            path, tensor: name, "\(element) is \(isNaN ? "not a number (NaN)" : "infinite")",
            remedy: "weights should be finite: get the model anew, or save it as it was before its training went astray"
        )
    }
}
