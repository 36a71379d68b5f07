import BERT
import Foundation
import Testing

/// What the tests of checkpoints share.
enum CheckpointFixtures {
    private static let testFile = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    private static let fixtures = testFile.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/checkpoint")

    /// A file that `Tests/Reference/checkpoint_fixtures.py` made.
    static func path(_ name: String) -> String { fixtures.appendingPathComponent(name).path }

    /// A folder of the models that lie beside the package where it is developed.
    static func sharedModel(_ name: String) -> String {
        let package = fixtures.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return package.deletingLastPathComponent().appendingPathComponent("shared/models/\(name)").path
    }

    static func hasSharedModel(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: sharedModel(name) + "/config.json")
    }

    struct ExpectedTensor: Decodable {
        let shape: [Int]
        let bits: [UInt32]
    }

    struct Expected: Decodable {
        let dtypes: [String: [UInt32]]
        let pytorch: [String: ExpectedTensor]
        let module: [String: ExpectedTensor]
    }

    /// What PyTorch read from the fixtures.
    static func expected() throws -> Expected {
        try JSONDecoder().decode(Expected.self, from: Data(contentsOf: URL(fileURLWithPath: path("expected.json"))))
    }

    /// The description of the `CheckpointError` that `body` throws.
    static func refusal(
        _ body: () throws -> some Any, sourceLocation: SourceLocation = #_sourceLocation
    ) -> String {
        let error = #expect(throws: CheckpointError.self, sourceLocation: sourceLocation) { _ = try body() }
        return error?.description ?? ""
    }
}

/// Float bit patterns that are equal, NaN's payload apart.
func sameBits(_ floats: [Float], _ bits: [UInt32]) -> Bool {
    floats.count == bits.count
        && zip(floats, bits).allSatisfy { float, bits in
            float.bitPattern == bits || float.isNaN && Float(bitPattern: bits).isNaN
        }
}
