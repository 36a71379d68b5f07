import Foundation

/// A model's folder, and which of its files serve what. Names from files are followed only within it.
package struct ModelFolder: Sendable {
    package let path: String

    /// - Throws: `CheckpointError` where there is no folder at `path`.
    package init(path: String) throws {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw CheckpointError(path, "there is no such folder")
        }
        guard isDirectory.boolValue else {
            throw CheckpointError(path, "is a file", remedy: "name the folder that holds the model's config.json")
        }
        self.path = path
    }

    package func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

    /// The path of a file of the folder.
    package func file(_ name: String) -> String { path.hasSuffix("/") ? path + name : path + "/" + name }

    /// The path of a file that another file names.
    ///
    /// - Throws: `CheckpointError` where the name is absolute, climbs out of the folder or is no plain name.
    package func file(named name: String, by referrer: String) throws -> String {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
        guard isPlain, name.utf8.count <= 1_024, !name.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
            throw CheckpointError(
                referrer, "names the file \(CheckpointError.quoted(name)), which is not within the model's folder")
        }
        return file(name)
    }
}
