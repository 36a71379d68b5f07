import BERT
import Foundation
import Testing

@Suite struct PyTorchFileTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    /// Opens an archive of a pickle and one storage of twelve floats, 0, 1, 2, …
    private func open(_ pickle: [UInt8]) throws -> PyTorchFile {
        let storage = (0..<12).flatMap { SafetensorsBuilder.littleEndian(Float($0).bitPattern) }
        let archive = ZipBuilder(["data.pkl": pickle, "byteorder": Array("little".utf8), "data/0": storage])
        return try PyTorchFile(path: folder.write("pytorch_model.bin", archive.bytes))
    }

    private func open(
        count: Int = 12, key: String = "0", offset: Int = 0, shape: [Int], strides: [Int]
    ) throws -> PyTorchFile {
        let storage = PickleBuilder.storage(key: key, count: count)
        let tensor = PickleBuilder.tensor(storage, offset: offset, shape: shape, strides: strides)
        return try open(PickleBuilder.dictionary("w", tensor))
    }

    @Test func readsWhatPyTorchSaved() throws {
        let file = try PyTorchFile(path: CheckpointFixtures.path("tensors.bin"))
        let expected = try CheckpointFixtures.expected().pytorch
        #expect(Set(file.tensors.keys) == Set(expected.keys).union(["positions"]))
        for (name, tensor) in expected {
            #expect(file.tensors[name]?.shape == tensor.shape, "\(name)")
            #expect(sameBits(try file.floats(name), tensor.bits), "\(name)")
        }
        #expect(file.tensors["half"]?.type == .f16 && file.tensors["brain"]?.type == .bf16)
        #expect(file.tensors["positions"]?.type == .i64)
    }

    @Test func readsAModulesState() throws {
        let file = try PyTorchFile(path: CheckpointFixtures.path("module.bin"))
        let expected = try CheckpointFixtures.expected().module
        #expect(Set(file.tensors.keys) == Set(expected.keys))
        for (name, tensor) in expected { #expect(sameBits(try file.floats(name), tensor.bits), "\(name)") }
    }

    @Test func refusesWholeObjectsAndOldFiles() {
        #expect(
            CheckpointFixtures.refusal { try PyTorchFile(path: CheckpointFixtures.path("object.bin")) }
                .contains("asks for \"torch.nn.modules.container.Sequential\", which is no part of a tensor"))
        #expect(
            CheckpointFixtures.refusal { try PyTorchFile(path: CheckpointFixtures.path("old.bin")) }
                .contains("is no zip archive, so no checkpoint of PyTorch 1.6 or later"))
    }

    @Test func servesACheckpointWithoutSafetensors() throws {
        try folder.write("config.json", ModelBuilder.json())
        try folder.write("vocab.txt", "a\n")
        let tensor = PickleBuilder.tensor(PickleBuilder.storage(count: 12), offset: 3, shape: [2, 2], strides: [1, 2])
        _ = try open(PickleBuilder.dictionary("bert.a.gamma", tensor))
        let checkpoint = try Checkpoint(folder: folder.path)
        #expect(checkpoint.tensorNames == ["a.weight"])
        #expect(try checkpoint.withFloats("a.weight", shape: [2, 2]) { Array($0) } == [3, 5, 4, 6])
        #expect(try checkpoint.fingerprint().count == 64)
    }

    @Test(arguments: [
        ([3, 4], [4, 1], 0, Array(0..<12)),
        ([4, 3], [1, 4], 0, [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]),
        ([2, 2], [4, 2], 5, [5, 7, 9, 11]),
        ([], [], 7, [7]),
        ([0, 5], [5, 1], 0, []),
        ([1, 3], [100, 1], 9, [9, 10, 11]),
        ([3, 1, 2], [4, 99, 2], 1, [1, 3, 5, 7, 9, 11]),
    ])
    func followsStrides(shape: [Int], strides: [Int], offset: Int, expected: [Int]) throws {
        let file = try open(offset: offset, shape: shape, strides: strides)
        #expect(try file.floats("w") == expected.map(Float.init))
    }

    @Test(arguments: [
        ([13], [1], 0), ([12], [1], 1), ([2], [12], 0), ([3, 4], [5, 1], 0), ([1], [1], 12),
        ([Int.max], [1], 0), ([Int.max, Int.max], [1, 1], 0), ([2, 2], [Int.max, Int.max], 0), ([1], [1], Int.max),
        ([1 << 40], [0], 0),
    ])
    func refusesViewsThatReachOutsideTheirStorage(shape: [Int], strides: [Int], offset: Int) {
        let refusal = CheckpointFixtures.refusal { try open(offset: offset, shape: shape, strides: strides) }
        #expect(refusal.contains("pytorch_model.bin: tensor \"w\": "))
        #expect(refusal.contains("does not lie within its storage") || refusal.contains("repeats elements"))
    }

    @Test func emptyTensorsOfHugeShapesAreHarmless() throws {
        let file = try open(shape: [0, 1 << 40, 1 << 40], strides: [1 << 40, 1 << 40, 1])
        #expect(try file.floats("w") == [])
    }

    @Test(arguments: [([-1], [1], 0), ([1], [-1], 0), ([1], [1], -1), ([1, 1], [1], 0)])
    func refusesNegativeLayouts(shape: [Int], strides: [Int], offset: Int) {
        #expect(
            CheckpointFixtures.refusal { try open(offset: offset, shape: shape, strides: strides) }
                .contains("the pickle lays out a tensor"))
    }

    @Test func refusesStoragesThatDoNotMatchTheArchive() {
        #expect(
            CheckpointFixtures.refusal { try open(key: "1", shape: [1], strides: [1]) }
                .contains("its storage \"1\" is not in the archive"))
        #expect(
            CheckpointFixtures.refusal { try open(key: "../byteorder", shape: [1], strides: [1]) }
                .contains("is not in the archive"))
        for count in [11, 13, Int.max, Int.max / 4 + 1] {
            #expect(
                CheckpointFixtures.refusal { try open(count: count, shape: [1], strides: [1]) }
                    .contains("its storage should hold \(count) F32 elements, but has 48 bytes"))
        }
    }

    @Test func changedBytesNeverReachOutsideTheFile() throws {
        var generator = SeededGenerator(seed: 14)
        let path = CheckpointFixtures.path("tensors.bin")
        let sound = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        var refused = 0
        for round in 0..<500 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if round.isMultiple(of: 4) { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &generator)) }
            do {
                let file = try PyTorchFile(path: folder.write("changed.bin", bytes))
                for (name, tensor) in file.tensors where tensor.type.isFloat { _ = try file.floats(name) }
            } catch is CheckpointError {
                refused += 1
            }
        }
        #expect(refused > 100)
    }
}
