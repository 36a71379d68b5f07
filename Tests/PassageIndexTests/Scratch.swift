import Corpus
import Foundation
import PassageIndex
import Ranking

/// A folder for one test, removed with the value.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "passerine-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func folder(_ name: String = "demo") throws -> IndexFolder { try IndexFolder(name: name, in: path) }
}

enum TestModels {
    /// The model that ships with the project.
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("models/passerine-small/encoder").path
    static let small = Result { try ModelSet(colbertFolder: folder, tildeFolder: folder) }
    static let none = ModelSet.none
    /// A model of a few kilobytes that was never trained, for tests of what is stored and not of what it is worth.
    static let tiny = Result {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("RankingTests/Fixtures/one-pass").path
        return try ModelSet(colbertFolder: folder, tildeFolder: folder)
    }
}

enum TestPassages {
    static let few = [
        Passage(id: "dia", text: "Dia is an editor for diagrams, charts and network drawings."),
        Passage(id: "gzip", text: "Compresses files with Lempel-Ziv coding; the file gets the ending .gz."),
        Passage(
            id: "nmap", text: "Explores a network and audits its security by scanning ports.",
            metadata: ["section": "net"]),
        Passage(id: "photorec", text: "Recovers deleted photos and other files from memory cards."),
    ]

    /// Seeded passages of common and rare words.
    static func random(_ count: Int, seed: UInt64 = 1) -> [Passage] {
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        return (0..<count).map { number in
            let words = (0..<3 + next(30)).map { _ in "word\(min(next(60), next(60)))" }
            return Passage(id: "p\(number)", text: words.joined(separator: " "))
        }
    }
}

extension IndexWriter {
    /// Writes an index in one commit.
    static func make(_ folder: IndexFolder, _ passages: [Passage], models: ModelSet, codec: TokenCodec = .int8) throws {
        let writer = try IndexWriter(folder, settings: IndexSettings(models: models, codec: codec), models: models)
        try writer.add(passages)
        try writer.commit()
    }
}
