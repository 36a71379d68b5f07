import Foundation

/// The golden files beside the tests, found through the source's own path.
enum Fixtures {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
    /// Shared test data, which not every checkout has.
    static let sharedData = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .appendingPathComponent("../../../../shared/data").standardizedFileURL
    static let hasSharedData = FileManager.default.fileExists(atPath: sharedData.path)

    static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    static func json<Value: Decodable>(
        _ name: String, as type: Value.Type, keys: JSONDecoder.KeyDecodingStrategy = .useDefaultKeys
    ) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = keys
        return try decoder.decode(type, from: Data(contentsOf: folder.appendingPathComponent(name)))
    }

    /// Calls `body` with the path of a temporary file of that content.
    static func withFile<Result>(_ content: String, _ body: (String) throws -> Result) throws -> Result {
        let path = NSTemporaryDirectory() + "evaluation-\(UUID().uuidString)"
        try Data(content.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }
}
