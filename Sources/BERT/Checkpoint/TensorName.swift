/// The canonical names of tensors, by which a checkpoint is asked whatever program saved it.
package enum TensorName {
    /// ColBERT's projection `[dimensions, hidden]`.
    package static let colbertProjection = "colbert.linear.weight"
    package static let colbertBias = "colbert.linear.bias"
    /// TILDEv2's term weight: a row over the hidden state, and a scalar.
    package static let tildeWeight = "tildev2.weight"
    package static let tildeBias = "tildev2.bias"
    package static let classifierWeight = "classifier.weight"

    private static let prefixes = ["bert.", "model."]
    private static let lastParts = ["gamma": "weight", "beta": "bias"]
    private static let heads = [
        // colbert-ai's HF_ColBERT and PyLate's 1_Dense.
        "linear.weight": colbertProjection,
        "linear.bias": colbertBias,
        // ielab's TILDEv2.
        "tok_proj.weight": tildeWeight,
        "tok_proj.bias": tildeBias,
    ]

    /// The canonical form of a name in a file: without the model's prefix (`bert.`, `model.`), with TensorFlow's
    /// `gamma` and `beta` as `weight` and `bias`, and a head's own name under which method it serves.
    package static func canonical(_ name: String) -> String {
        var rest = name[...]
        while let prefix = prefixes.first(where: rest.hasPrefix) { rest = rest.dropFirst(prefix.count) }
        if let dot = rest.lastIndex(of: "."), let part = lastParts[String(rest[rest.index(after: dot)...])] {
            rest = rest[...dot] + part
        }
        return heads[String(rest)] ?? String(rest)
    }

    /// The canonical shape of a tensor: TILDEv2's linear layer of one output is a row and a scalar.
    package static func canonicalShape(_ shape: [Int], of name: String) -> [Int] {
        name == tildeWeight || name == tildeBias ? shape.filter { $0 != 1 } : shape
    }
}
