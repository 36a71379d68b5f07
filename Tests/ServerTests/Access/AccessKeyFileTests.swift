import Foundation
import Server
import Testing

@Suite struct AccessKeyFileTests {
    /// A file in a folder of its own, removed with the value.
    private final class Place {
        let folder = NSTemporaryDirectory() + "passerine-" + UUID().uuidString
        var file: AccessKeyFile { AccessKeyFile(path: folder + "/keys.json") }

        init(_ content: String? = nil) throws {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try content?.write(toFile: file.path, atomically: true, encoding: .utf8)
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }
    }

    @Test func keysAreMadeFoundAndRevoked() throws {
        let place = try Place()
        let (first, second) = (
            try place.file.add(name: "a", role: .write, indexes: ["notes"], rate: AccessKey.Rate(perSecond: 2.5)),
            try place.file.add(name: "b", role: .search)
        )
        #expect(first.text != second.text && first.text.count == 47)
        let keys = try place.file.read()
        let key = try #require(keys.key(secret: first.text))
        #expect(key.name == "a" && key.role == .write && key.indexes == ["notes"])
        #expect(key.rate == AccessKey.Rate(perSecond: 2.5, burst: 3))
        #expect(keys.key(secret: second.text)?.name == "b")
        #expect(keys.key(secret: first.hash) == nil && keys.key(secret: "") == nil)
        let content = try String(contentsOfFile: place.file.path, encoding: .utf8)
        #expect(!content.contains(first.text) && content.contains(first.hash))
        let mode = try FileManager.default.attributesOfItem(atPath: place.file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try place.file.remove(name: "a")
        #expect(try place.file.read().key(secret: first.text) == nil)
        #expect(throws: AccessError.self) { try place.file.remove(name: "a") }
        #expect(throws: AccessError.self) { try place.file.add(name: "b", role: .search) }
        #expect(throws: AccessError.self) { try place.file.add(name: "../x", role: .search) }
    }

    @Test func manyAtOnceLoseNothing() async throws {
        let place = try Place()
        let file = place.file
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<16 { group.addTask { _ = try file.add(name: "k\(number)", role: .search) } }
            try await group.waitForAll()
        }
        #expect(Set(try file.read().keys.map(\.name)) == Set((0..<16).map { "k\($0)" }))
    }

    private static let hash = String(repeating: "0a", count: 32)

    @Test(arguments: [
        ("", "JSON"), ("[]", "version"), (#"{"version": 2, "keys": []}"#, "version"), (#"{"version": 1}"#, "keys"),
        (#"{"version": 1, "keys": [1]}"#, "key 1"),
        (#"{"version": 1, "keys": [{"name": "a", "sha256": "H"}]}"#, "role"),
        (#"{"version": 1, "keys": [{"name": "a", "role": "root", "sha256": "H"}]}"#, "role"),
        (#"{"version": 1, "keys": [{"name": "a", "role": "search", "sha256": "ABC"}]}"#, "64"),
        (#"{"version": 1, "keys": [{"name": "a", "role": "search", "sha256": "H", "scope": 1}]}"#, "scope"),
        (#"{"version": 1, "keys": [{"name": "a/b", "role": "search", "sha256": "H"}]}"#, "a/b"),
        (#"{"version": 1, "keys": [{"name": "a", "role": "search", "sha256": "H", "indexes": [1]}]}"#, "indexes"),
        (#"{"version": 1, "keys": [{"name": "a", "role": "search", "sha256": "H", "indexes": []}]}"#, "scope"),
        (#"{"version": 1, "keys": [{"name": "a", "role": "search", "sha256": "H", "rate": 1e300}]}"#, "rate"),
        (#"{"version": 1, "keys": [{"name": "a", "role": "search", "sha256": "H", "rate": -1}]}"#, "rate"),
        (#"{"version": 1, "keys": [{"name": "a", "role": "search", "sha256": "H", "rate": -1e300}]}"#, "rate"),
        (
            #"{"version": 1, "keys": [{"name": "a", "role": "search", "sha256": "H"}, {"name": "b", "role": "search", "sha256": "H"}]}"#,
            "secret"
        ),
    ])
    func faultyFilesAreRefusedInWords(content: String, named: String) throws {
        let place = try Place(content.replacing("\"H\"", with: "\"\(Self.hash)\""))
        let error = #expect(throws: AccessError.self) { try place.file.read() }
        let words = error?.description ?? ""
        #expect(words.contains("keys.json") && words.contains(named), "\(words)")
    }

    @Test func filesThatOthersCanWriteAreRefused() throws {
        let place = try Place(#"{"version": 1, "keys": []}"#)
        #expect(chmod(place.file.path, 0o640) == 0)
        #expect(try place.file.read().keys.isEmpty)
        #expect(chmod(place.file.path, 0o666) == 0)
        let error = #expect(throws: AccessError.self) { try place.file.read() }
        #expect(error?.description.contains("chmod") == true)
        #expect(throws: AccessError.self) { try AccessKeyFile(path: place.folder).read() }
        #expect(throws: AccessError.self) { try AccessKeyFile(path: place.folder + "/none").read() }
    }
}
