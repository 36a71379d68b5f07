import BERT
import CKernels
import Foundation
import LinearAlgebra
import Ranking
import Testing

/// Models whose layers were packed ahead of time (`passerine models quantize`).
@Suite struct PackedModelTests {
    private static func pack(_ folder: URL, _ precision: Precision) throws -> URL {
        let model = try RankingModel(folder: folder.path, precision: precision, usesPacked: false)
        let name = try #require(PackedLayers.fileName(precision))
        let file = folder.appendingPathComponent(name)
        try model.encoder.packed(fingerprint: model.fingerprint).write(to: file)
        return file
    }

    private static let sequence = TokenSequence([1, 9, 5, 2, 17])

    @Test(
        arguments: [
            RankingFixtures.passerineSmall, RankingFixtures.path("families/modernbert"),
            RankingFixtures.path("families/electra"),
        ], [Precision.int8, .int4])
    func statesAreTheSameToTheBit(_ folder: String, precision: Precision) throws {
        try RankingFixtures.withCopy(of: folder) { folder in
            // The model that ships comes packed.
            try? FileManager.default.removeItem(at: folder.appendingPathComponent("packed.int8.safetensors"))
            let before = try RankingModel(folder: folder.path, precision: precision)
            #expect(before.encoder.packedLayers == nil)
            _ = try Self.pack(folder, precision)
            let after = try RankingModel(folder: folder.path, precision: precision)
            #expect(after.encoder.packedLayers != nil)
            #expect(after.fingerprint == before.fingerprint)
            let (expected, states) = (
                try before.encoder.encode([Self.sequence]).elements, try after.encoder.encode([Self.sequence]).elements
            )
            #expect(states == expected)
            // Floats have no such file, and need none.
            #expect(try RankingModel(folder: folder.path).encoder.packedLayers == nil)
            #expect(ModelInspection(folder: folder.path).packed == [precision.rawValue])
        }
    }

    @Test func aDamagedFileIsRefused() throws {
        try RankingFixtures.withCopy(of: RankingFixtures.passerineSmall) { folder in
            let file = try Self.pack(folder, .int8)
            let whole = try Data(contentsOf: file)
            for place in [9, whole.count / 2, whole.count - 1] {
                var damaged = whole
                damaged[place] ^= 0x10
                try damaged.write(to: file)
                #expect(throws: CheckpointError.self) { try RankingModel(folder: folder.path, precision: .int8) }
                #expect(!ModelInspection(folder: folder.path).problems.isEmpty)
            }
            try whole.prefix(whole.count / 2).write(to: file)
            #expect(throws: CheckpointError.self) { try RankingModel(folder: folder.path, precision: .int8) }
        }
    }

    /// A file whose checksum is right, but whose scales would make every score NaN.
    @Test(arguments: [Precision.int8, .int4])
    func valuesThatAreNotFiniteAreRefused(precision: Precision) throws {
        try RankingFixtures.withCopy(of: RankingFixtures.path("families/electra")) { folder in
            let file = try Self.pack(folder, precision)
            let sound = try SafetensorsFile(path: file.path)
            // The file is written over while it is mapped.
            let tensors = try sound.tensors.keys.sorted().map { name in
                (try sound.tensor(name), try sound.withBytes(of: name) { Array($0) })
            }
            #expect(throws: Never.self) { try RankingModel(folder: folder.path, precision: precision) }
            for part in ["0.output.weight", "0.expansion.bias", "0.contraction.numbers"] {
                var writer = SafetensorsWriter()
                var checksums = ""
                for (tensor, var bytes) in tensors {
                    let name = tensor.name
                    // Tensors of floats end with a float, weights with a scale.
                    if name == part { bytes.replaceSubrange(bytes.count - 2..<bytes.count, with: [0xC0, 0x7F]) }
                    bytes.withUnsafeBytes {
                        writer.add(name, type: tensor.type.rawValue, shape: tensor.shape, bytes: $0)
                        checksums += "\(name) \(pk_crc32c(0, $0.baseAddress, $0.count))\n"
                    }
                }
                writer.metadata = sound.metadata
                writer.metadata["crc32c"] = Array(checksums.utf8).withUnsafeBytes {
                    "\(pk_crc32c(0, $0.baseAddress, $0.count))"
                }
                try writer.data().write(to: file)
                let error = #expect(throws: CheckpointError.self) {
                    try RankingModel(folder: folder.path, precision: precision)
                }
                #expect(error.map { "\($0)" }?.contains("tensor \"\(part)\"") == true, "\(error.map { "\($0)" } ?? "")")
            }
        }
    }

    @Test func aFileOfOtherWeightsIsRefused() throws {
        try RankingFixtures.withCopy(of: RankingFixtures.passerineSmall) { folder in
            _ = try Self.pack(folder, .int8)
            let settings = folder.appendingPathComponent("passerine.json")
            var text = try String(contentsOf: settings, encoding: .utf8)
            text += "\n"
            try text.write(to: settings, atomically: true, encoding: .utf8)
            let error = #expect(throws: CheckpointError.self) {
                try RankingModel(folder: folder.path, precision: .int8)
            }
            #expect("\(error.map { "\($0)" } ?? "")".contains("passerine models quantize"))
        }
    }
}
