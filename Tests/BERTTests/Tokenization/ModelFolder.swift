import Foundation

/// Calls `body` with a folder that holds these files, and removes it afterwards.
func withModelFolder(_ files: [String: [UInt8]], _ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("passerine-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, bytes) in files { try Data(bytes).write(to: folder.appendingPathComponent(name)) }
    try body(folder)
}

/// The same with files of text.
func withModelFolder(texts: [String: String], _ body: (URL) throws -> Void) throws {
    try withModelFolder(texts.mapValues { Array($0.utf8) }, body)
}
