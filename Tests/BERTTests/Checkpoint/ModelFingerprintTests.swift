import BERT
import Crypto
import Foundation
import Testing

@Suite struct ModelFingerprintTests {
    private func folder() throws -> ScratchFolder {
        let folder = try ModelBuilder.folder([ModelBuilder.tensor("a", [2])])
        try folder.write(
            "heads.safetensors", SafetensorsBuilder.floats([ModelBuilder.tensor("linear.weight", [1, 2])]))
        try folder.write("passerine.json", #"{"version": 1}"#)
        return folder
    }

    @Test func isTheSameForTheSameModelElsewhere() throws {
        let (here, there) = try (folder(), folder())
        try there.write("README.md", "what it is")
        let fingerprint = try ModelFingerprint.of(folder: here.path)
        #expect(try ModelFingerprint.of(folder: there.path + "/") == fingerprint)
        #expect(fingerprint.count == 64 && fingerprint.allSatisfy(\.isHexDigit))
    }

    @Test func isSHA256OverNamesLengthsAndBytes() throws {
        let folder = try folder()
        var text = Data()
        for name in ["config.json", "heads.safetensors", "model.safetensors", "passerine.json", "vocab.txt"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + name))
            text += Data("\(name.utf8.count) \(bytes.count) \(name)".utf8) + bytes
        }
        let expected = SHA256.hash(data: text).map { String(format: "%02x", $0) }.joined()
        #expect(try ModelFingerprint.of(folder: folder.path) == expected)
    }

    @Test(arguments: ["config.json", "model.safetensors", "heads.safetensors", "passerine.json", "vocab.txt"])
    func changesWithEveryFileThatCounts(name: String) throws {
        let folder = try folder()
        let before = try ModelFingerprint.of(folder: folder.path)
        let path = URL(fileURLWithPath: folder.path + "/" + name)
        var bytes = try [UInt8](Data(contentsOf: path))
        if name.hasSuffix(".safetensors") { bytes[bytes.count - 1] ^= 1 } else { bytes.append(UInt8(ascii: "\n")) }
        try folder.write(name, bytes)
        #expect(try ModelFingerprint.of(folder: folder.path) != before)
    }

    @Test func changesWithPyLatesProjection() throws {
        let folder = try ModelBuilder.folder([ModelBuilder.tensor("a", [2])])
        let before = try ModelFingerprint.of(folder: folder.path)
        try folder.write(
            "1_Dense/model.safetensors", SafetensorsBuilder.floats([ModelBuilder.tensor("linear.weight", [1, 2])]))
        let weights = try ModelFingerprint.of(folder: folder.path)
        try folder.write("1_Dense/config.json", "{}")
        #expect(Set([before, weights, try ModelFingerprint.of(folder: folder.path)]).count == 3)
    }
}
