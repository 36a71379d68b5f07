/// What a file says about one of its tensors.
public struct TensorDescription: Sendable, Equatable {
    public let name: String
    public let type: TensorType
    /// Extents, outermost first; empty for a scalar.
    public let shape: [Int]
    /// The product of the extents: 1 for a scalar.
    public let elementCount: Int

    public var byteCount: Int { elementCount * type.byteCount }

    /// Nil where an extent is negative or the tensor's bytes could not be counted in an `Int`.
    public init?(name: String, type: TensorType, shape: [Int]) {
        guard let count = Self.elementCount(of: shape),
            !count.multipliedReportingOverflow(by: type.byteCount).overflow
        else { return nil }
        self.name = name
        self.type = type
        self.shape = shape
        self.elementCount = count
    }

    /// The product of extents; nil where one is negative or the product overflows.
    package static func elementCount(of shape: [Int]) -> Int? {
        var product = 1
        for extent in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else { return nil }
            product = next
        }
        return product
    }
}
