/// A memory-mapped PyTorch checkpoint (`pytorch_model.bin`, PyTorch 1.6 and later): a zip archive of stored entries,
/// of which `data.pkl` is a pickle that names the tensors and `data/N` are their elements.
///
/// A pickle is a program. This reader runs none: it follows those of its instructions that lay out a dictionary of
/// tensors and refuses every other (see `TensorPickle`). What it accepts is checked when the file is opened, so that
/// what is read afterwards cannot fall outside the mapping.
public final class PyTorchFile: TensorSource {
    private struct View {
        /// The elements' storage, as bytes of the file.
        let storage: Range<Int>
        let tensor: PickledTensor
    }

    public let path: String
    public let tensors: [String: TensorDescription]
    private let file: MappedFile
    private let views: [String: View]

    /// Opens and checks a file.
    ///
    /// - Throws: `CheckpointError` that names the file, and the tensor where there is one.
    public init(path: String) throws {
        let file = try MappedFile(path: path)
        try WeightsFile.refuseStandIn(path, file.bytes)
        let archive = try ZipArchive(file)
        let prefix = try Self.prefix(of: archive)
        if let order = archive.bytes(of: prefix + "byteorder"), !order.elementsEqual("little".utf8) {
            throw CheckpointError(path, "its numbers are not little-endian", remedy: "save it on another machine")
        }
        guard let pickle = archive.bytes(of: prefix + "data.pkl") else {
            throw CheckpointError(path, "the archive has no data.pkl")
        }
        var (tensors, views) = ([String: TensorDescription](), [String: View]())
        for (name, tensor) in try TensorPickle.tensors(of: pickle, path: path) {
            let storage = try Self.storage(of: tensor, name, archive, prefix)
            guard
                let description = TensorDescription(name: name, type: tensor.storage.type, shape: tensor.shape),
                tensor.reach(of: description.elementCount).map({ $0 <= tensor.storage.count }) == true
            else {
                throw CheckpointError(
                    path, tensor: name,
                    "shape \(tensor.shape) at offset \(tensor.offset) with strides \(tensor.strides) "
                        + "does not lie within its storage of \(tensor.storage.count) elements")
            }
            guard description.elementCount <= tensor.storage.count else {
                throw CheckpointError(
                    path, tensor: name, "repeats elements of its storage",
                    remedy: "save it again as a contiguous tensor (tensor.contiguous())")
            }
            tensors[name] = description
            views[name] = View(storage: storage, tensor: tensor)
        }
        self.path = path
        self.file = file
        self.tensors = tensors
        self.views = views
    }

    /// The folder of the archive that `data.pkl` lies in, with its slash.
    private static func prefix(of archive: ZipArchive) throws -> String {
        let pickles = archive.names.filter { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }
        guard let pickle = pickles.first, pickles.count == 1 else {
            throw CheckpointError(
                archive.path, "the archive has \(pickles.count) data.pkl, where a PyTorch checkpoint has one")
        }
        return String(pickle.dropLast("data.pkl".count))
    }

    /// Where the elements of a tensor's storage lie in the file.
    private static func storage(
        of tensor: PickledTensor, _ name: String, _ archive: ZipArchive, _ prefix: String
    ) throws -> Range<Int> {
        let storage = tensor.storage
        guard let range = archive.range(of: prefix + "data/" + storage.key) else {
            throw CheckpointError(
                archive.path, tensor: name, "its storage \(CheckpointError.quoted(storage.key)) is not in the archive")
        }
        let (byteCount, overflow) = storage.count.multipliedReportingOverflow(by: storage.type.byteCount)
        guard !overflow, byteCount == range.count else {
            throw CheckpointError(
                archive.path, tensor: name,
                "its storage should hold \(storage.count) \(storage.type.rawValue) elements, but has \(range.count) bytes"
            )
        }
        return range
    }

    public func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        guard let view = views[name], let description = tensors[name] else {
            throw CheckpointError(path, tensor: name, "the file has no tensor of this name")
        }
        let result = try withExtendedLifetime(file) {
            let storage = UnsafeRawBufferPointer(rebasing: file.bytes[view.storage])
            let size = description.type.byteCount
            if view.tensor.isContiguous {
                let start = description.elementCount == 0 ? 0 : view.tensor.offset * size
                return try body(UnsafeRawBufferPointer(rebasing: storage[start..<start + description.byteCount]))
            }
            return try Self.gathered(view.tensor, storage, size).withUnsafeBytes(body)
        }
        try file.checkWhole()
        return result
    }

    /// The bytes of a strided tensor, row-major.
    private static func gathered(_ tensor: PickledTensor, _ storage: UnsafeRawBufferPointer, _ size: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(tensor.shape.reduce(size, *))
        var index = [Int](repeating: 0, count: tensor.shape.count)
        var element = tensor.offset
        while true {
            bytes.append(contentsOf: storage[element * size..<(element + 1) * size])
            var dimension = index.count - 1
            // Like an odometer: the last dimension that has not come to its end moves on, those after it start anew.
            while dimension >= 0, index[dimension] == tensor.shape[dimension] - 1 {
                element -= index[dimension] * tensor.strides[dimension]
                index[dimension] = 0
                dimension -= 1
            }
            guard dimension >= 0 else { return bytes }
            index[dimension] += 1
            element += tensor.strides[dimension]
        }
    }
}
