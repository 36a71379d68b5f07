import Crypto
import Foundation

/// A model's identity: SHA-256 over the bytes of its weights, vocabulary and settings, with their names.
///
/// Two folders with the same such files have the same fingerprint, wherever they lie and whatever else is in them.
public enum ModelFingerprint {
    /// What decides how text becomes numbers, besides the weights.
    private static let settingFiles = [
        "added_tokens.json", "artifact.metadata", "config.json", "config_sentence_transformers.json", "modules.json",
        "passerine.json", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt",
    ]

    /// The fingerprint of a model's folder, 64 hexadecimal digits.
    ///
    /// - Throws: `CheckpointError` where the folder or its weights cannot be read.
    public static func of(folder: String) throws -> String { try of(Checkpoint(folder: folder)) }

    /// The fingerprint of an open checkpoint.
    package static func of(_ checkpoint: Checkpoint) throws -> String {
        let folder = checkpoint.modelFolder
        var hash = SHA256()
        for name in names(checkpoint) {
            let file = try MappedFile(path: folder.file(name))
            // Lengths before names and bytes, so that no two lists of files run together into the same text.
            hash.update(data: Data("\(name.utf8.count) \(file.bytes.count) \(name)".utf8))
            var rest = file.bytes[...]
            while !rest.isEmpty {
                let chunk = rest.prefix(4 << 20)
                hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: chunk))
                rest = rest[chunk.endIndex...]
            }
            try file.checkWhole()
        }
        return hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    /// The names of the files that make the model what it is, within its folder.
    private static func names(_ checkpoint: Checkpoint) -> [String] {
        let folder = checkpoint.modelFolder
        var names = Set(settingFiles.filter(folder.has))
        let prefix = folder.file("")
        for file in checkpoint.files {
            let name = file.path.hasPrefix(prefix) ? String(file.path.dropFirst(prefix.count)) : file.path
            names.insert(name)
            // A module in a folder of its own has its configuration there.
            guard let slash = name.lastIndex(of: "/") else { continue }
            let configuration = String(name[...slash]) + "config.json"
            if folder.has(configuration) { names.insert(configuration) }
        }
        return names.sorted()
    }
}
