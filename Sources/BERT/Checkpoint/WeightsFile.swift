/// Opens a file of weights by what its name says it is.
package enum WeightsFile {
    /// Opens a `.safetensors` file, or a PyTorch archive under any other name.
    package static func open(_ path: String) throws -> any TensorSource {
        path.hasSuffix(".safetensors") ? try SafetensorsFile(path: path) : try PyTorchFile(path: path)
    }

    /// Refuses what often lies in a weights file's place: Git LFS's pointer to it.
    package static func refuseStandIn(_ path: String, _ bytes: UnsafeRawBufferPointer) throws {
        guard bytes.starts(with: "version https://git-lfs".utf8) else { return }
        throw CheckpointError(
            path, "is Git LFS's pointer to the weights, not the weights", remedy: "run `git lfs pull` in its folder")
    }
}
