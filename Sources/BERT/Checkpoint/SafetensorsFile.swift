/// A memory-mapped `.safetensors` file: named tensors behind a JSON header
/// (https://github.com/huggingface/safetensors, "Format").
///
///     let file = try SafetensorsFile(path: "model.safetensors")
///     let bias = try file.floats("pooler.dense.bias")
///
/// The whole header is checked when the file is opened, as strictly as the reference implementation does: every
/// tensor's bytes lie within the file, as many as its shape and type need, and the tensors cover the data without
/// overlap or hole. What is read afterwards cannot fall outside the mapping.
public final class SafetensorsFile: TensorSource {
    /// The longest header accepted, in bytes: the reference implementation's limit.
    public static let maximumHeaderLength = 100_000_000
    private static let maximumRank = 16

    public let path: String
    public let tensors: [String: TensorDescription]
    /// The header's `__metadata__`: free text by key.
    public let metadata: [String: String]

    private let file: MappedFile
    /// Where each tensor's bytes lie in the file.
    private let ranges: [String: Range<Int>]

    /// Opens and checks a file.
    ///
    /// - Throws: `CheckpointError` that names the file, and the tensor where there is one.
    public init(path: String) throws {
        let file = try MappedFile(path: path)
        var (entries, dataStart) = try Self.header(of: file)
        self.path = path
        self.file = file
        self.metadata = try Self.metadata(entries.removeValue(forKey: "__metadata__"), path: path)
        var (tensors, ranges) = ([String: TensorDescription](), [String: Range<Int>]())
        for (name, entry) in entries {
            let (tensor, offsets) = try Self.tensor(name, entry, path: path)
            tensors[name] = tensor
            ranges[name] = offsets
        }
        self.tensors = tensors
        try Self.checkLayout(ranges, dataLength: file.bytes.count - dataStart, path: path)
        self.ranges = ranges.mapValues { $0.lowerBound + dataStart..<$0.upperBound + dataStart }
    }

    public func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        guard let range = ranges[name] else {
            throw CheckpointError(path, tensor: name, "the file has no tensor of this name")
        }
        let result = try body(UnsafeRawBufferPointer(rebasing: file.bytes[range]))
        try file.checkWhole()
        return result
    }

    /// The header's members and the offset at which the data begin.
    private static func header(of file: MappedFile) throws -> (entries: [String: CheckpointJSON], end: Int) {
        let (path, bytes) = (file.path, file.bytes)
        try WeightsFile.refuseStandIn(path, bytes)
        guard bytes.count >= 8 else {
            throw CheckpointError(
                path, "is \(bytes.count) bytes, too short for a safetensors file", remedy: "fetch the file again")
        }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(maximumHeaderLength) else {
            throw CheckpointError(
                path, "says that its header has \(length) bytes, more than the \(maximumHeaderLength) allowed",
                remedy: "this is no safetensors file, or a damaged one")
        }
        let end = 8 + Int(length)
        guard end <= bytes.count else {
            throw CheckpointError(
                path, "is cut short within its header: \(end) bytes needed, \(bytes.count) there",
                remedy: "fetch the file again")
        }
        let value: CheckpointJSON
        do {
            value = try CheckpointJSONParser.parse(UnsafeRawBufferPointer(rebasing: bytes[8..<end]))
        } catch let failure as CheckpointJSONParser.Failure {
            throw CheckpointError(path, "header, byte \(8 + failure.offset): this is no JSON: \(failure.message)")
        }
        guard bytes[8] == UInt8(ascii: "{"), case .object(let members) = value else {
            throw CheckpointError(path, "the header should begin with a JSON object")
        }
        return (members, end)
    }

    private static func metadata(_ value: CheckpointJSON?, path: String) throws -> [String: String] {
        guard let value else { return [:] }
        guard case .object(let members) = value else {
            throw CheckpointError(path, field: "__metadata__", "should be an object")
        }
        return try members.mapValues { value in
            guard case .string(let text) = value else {
                throw CheckpointError(path, field: "__metadata__", "should hold strings only")
            }
            return text
        }
    }

    private static func tensor(
        _ name: String, _ entry: CheckpointJSON, path: String
    ) throws -> (TensorDescription, Range<Int>) {
        func failure(_ message: String, remedy: String? = nil) -> CheckpointError {
            CheckpointError(path, tensor: name, message, remedy: remedy)
        }
        guard case .object(let members) = entry else { throw failure("the header's entry is no object") }
        guard case .string(let typeName)? = members["dtype"], let type = TensorType(rawValue: typeName) else {
            throw failure(
                "its element type is not known",
                remedy: "known are \(TensorType.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard let shape = integers(members["shape"]) else {
            throw failure("its shape should be an array of integers from 0 up")
        }
        guard shape.count <= maximumRank else {
            throw failure("it has \(shape.count) dimensions, more than the \(maximumRank) allowed")
        }
        guard let tensor = TensorDescription(name: name, type: type, shape: shape) else {
            throw failure("its shape \(shape) has more elements than can be counted")
        }
        guard let offsets = integers(members["data_offsets"]), offsets.count == 2, offsets[0] <= offsets[1] else {
            throw failure("its data_offsets should be two integers from 0 up, the first not above the second")
        }
        guard offsets[1] - offsets[0] == tensor.byteCount else {
            throw failure(
                "shape \(shape) of \(type.rawValue) needs \(tensor.byteCount) bytes, "
                    + "but its data_offsets span \(offsets[1] - offsets[0])")
        }
        return (tensor, offsets[0]..<offsets[1])
    }

    private static func integers(_ value: CheckpointJSON?) -> [Int]? {
        guard case .array(let elements)? = value else { return nil }
        let integers = elements.compactMap { element -> Int? in
            guard case .integer(let integer) = element, integer >= 0 else { return nil }
            return integer
        }
        return integers.count == elements.count ? integers : nil
    }

    /// Refuses tensors that overlap, leave a hole, or do not end where the file ends.
    private static func checkLayout(_ ranges: [String: Range<Int>], dataLength: Int, path: String) throws {
        let ordered = ranges.sorted {
            ($0.value.lowerBound, $0.value.upperBound, $0.key) < ($1.value.lowerBound, $1.value.upperBound, $1.key)
        }
        var end = 0
        for (name, range) in ordered {
            guard range.upperBound <= dataLength else {
                throw CheckpointError(
                    path, tensor: name,
                    "ends at byte \(range.upperBound) of the data, of which there are \(dataLength)",
                    remedy: "the file is cut short: fetch it again")
            }
            guard range.lowerBound >= end else {
                throw CheckpointError(path, tensor: name, "overlaps the tensor before it")
            }
            guard range.lowerBound == end else {
                throw CheckpointError(
                    path, tensor: name, "\(range.lowerBound - end) bytes before it belong to no tensor")
            }
            end = range.upperBound
        }
        guard end == dataLength else {
            throw CheckpointError(path, "\(dataLength - end) bytes at its end belong to no tensor")
        }
    }
}
