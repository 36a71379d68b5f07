import JSON

/// Which file of a sharded checkpoint holds which tensor: `model.safetensors.index.json` or PyTorch's twin.
package struct WeightsIndex {
    private static let maximumShards = 1_000

    package let path: String
    /// File name by tensor name.
    package let files: [String: String]

    /// - Throws: `CheckpointError`.
    package init(path: String) throws {
        let fields = try JSONFields(file: path)
        guard let map = try fields.object("weight_map"), !map.members.isEmpty else {
            throw fields.error("weight_map", "names no tensors")
        }
        self.path = path
        var files: [String: String] = [:]
        for name in map.members.keys { files[name] = try map.string(name) }
        self.files = files
        guard shards.count <= Self.maximumShards else {
            throw fields.error("weight_map", "names \(shards.count) files, more than the \(Self.maximumShards) allowed")
        }
    }

    /// The names of the files, each once.
    package var shards: [String] { Set(files.values.map { CodePoints($0) }).sorted().map(\.text) }
}
