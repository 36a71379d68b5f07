/// A tensor as a PyTorch pickle describes it: a strided view of a storage.
package struct PickledTensor: Equatable, Sendable {
    /// The elements of one or more tensors: an entry of the archive under `data/`.
    package struct Storage: Equatable, Sendable {
        package let type: TensorType
        package let key: String
        /// Elements.
        package let count: Int
    }

    package let storage: Storage
    /// The first element's place in the storage, in elements.
    package let offset: Int
    package let shape: [Int]
    /// Elements from one index to the next, for each dimension; none is negative.
    package let strides: [Int]

    /// Whether the elements lie one after another, in row-major order. True for a tensor without elements.
    package var isContiguous: Bool {
        guard !shape.contains(0) else { return true }
        var expected = 1
        for (extent, stride) in zip(shape, strides).reversed() {
            if extent != 1, stride != expected { return false }
            expected *= extent
        }
        return true
    }

    /// The number of storage elements from its start that the tensor reaches over; nil where that overflows.
    package func reach(of elementCount: Int) -> Int? {
        guard elementCount > 0 else { return 0 }
        var last = offset
        for (extent, stride) in zip(shape, strides) {
            let (distance, tooFar) = (extent - 1).multipliedReportingOverflow(by: stride)
            let (sum, overflow) = last.addingReportingOverflow(distance)
            guard !tooFar, !overflow else { return nil }
            last = sum
        }
        return last == Int.max ? nil : last + 1
    }
}
