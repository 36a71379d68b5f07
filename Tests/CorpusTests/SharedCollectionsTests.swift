import Corpus
import Foundation
import Testing

/// Public collections, where they lie beside the package.
@Suite struct SharedCollectionsTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("shared/data").path

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: folder), "the collections are not here"),
        arguments: [
            ("msmarco-dl19", 14_581), ("msmarco-mini", 46_989), ("nfcorpus", 3_395), ("cranfield", 1_398),
            ("cisi", 1_460),
            ("cacm", 3_204),
        ])
    func collection(name: String, count: Int) throws {
        let content = try CorpusContent(["\(Self.folder)/\(name)/collection.tsv.gz"])
        #expect(content.errors.isEmpty)
        #expect(content.passages.count == count)
        #expect(Set(content.passages.map(\.id)).count == count)
        #expect(content.passages.allSatisfy { !$0.text.isEmpty })
    }
}
