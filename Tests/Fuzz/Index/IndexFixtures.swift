import Corpus
import Foundation
import JSON
import PassageIndex
import Ranking

/// The files of sound indexes, small ones of every kind.
struct IndexFixtures {
    /// An index's files by their names in its folder, and what is to be opened with it.
    struct Sound {
        let files: [String: Data]
        let models: ModelSet
        /// Whether it has today's format; an older one must be upgraded first.
        var isCurrent = true
    }

    let all: [Sound]

    /// - Parameters:
    ///   - scratch: a folder to make them in.
    ///   - tests: the project's folder `Tests`.
    init(scratch: String, tests: String) throws {
        let tiny = tests + "/RankingTests/Fixtures/one-pass"
        let models = try ModelSet(
            colbertFolder: tiny, tildeFolder: tiny, crossEncoderFolder: tests + "/RankingTests/Fixtures/cross-1")
        let lexical = ModelSet(colbert: nil, tilde: nil, crossEncoder: models.crossEncoder)
        var all: [Sound] = []
        func make(
            _ name: String, _ models: ModelSet, _ settings: IndexSettings, leavesLog: Bool = false,
            then: (IndexFolder) throws -> Void = { _ in }
        ) throws {
            let folder = try IndexFolder(name: name, in: scratch)
            var writer: IndexWriter? = try IndexWriter(folder, settings: settings, models: models)
            try writer?.add(Self.passages(0..<25))
            try writer?.commit()
            try PostingsBuilder(folder).build()
            try writer?.add(Self.passages(20..<40))
            try writer?.commit()
            try writer?.delete(ids: ["p3", "p21"])
            if !leavesLog { writer = nil }
            try then(folder)
            all.append(Sound(files: try Self.files(folder), models: models))
            withExtendedLifetime(writer) {}
        }
        let fields = ["section", "tags"]
        try make("lexical", lexical, IndexSettings(models: .none, fields: fields))
        try make("cjk", lexical, IndexSettings(models: .none, analysis: .cjk))
        try make("int8", models, IndexSettings(models: models, codec: .int8, fields: fields))
        try make("float16", models, IndexSettings(models: models, codec: .float16))
        try make("compacted", models, IndexSettings(models: models)) { folder in
            try IndexWriter(maintaining: folder).compact()
            try PostingsBuilder(folder).build()
        }
        try make("log", models, IndexSettings(models: models, fields: fields), leavesLog: true)
        try make("reindexing", models, IndexSettings(models: models)) { folder in
            // Left in the midst.
            let reindexing = try Reindexing(folder, models: models, codec: .float16)
            _ = try reindexing.step()
            try reindexing.commit()
        }
        for format in [1, 2] {
            let folder = IndexFolder(path: tests + "/Formats/\(format)/demo")
            all.append(Sound(files: try Self.files(folder), models: models, isCurrent: false))
        }
        self.all = all
    }

    private static func passages(_ numbers: Range<Int>) -> [Passage] {
        let words = ["network", "diagrams", "files", "photos", "ports", "word1", "word2", "caf\u{E9}", "网络图", "editor"]
        let metadata: [[CodePoints: JSONValue]] = [
            ["section": "net", "size": 3], ["tags": ["x", 1, .null]], ["size": 9_007_199_254_740_993], [:],
        ]
        return numbers.map { number in
            let text = (0..<3 + number * 7 % 23).map { words[(number * 31 + $0 * $0 * 7) % words.count] }
            return Passage(
                id: "p\(number)", text: text.joined(separator: " ") + " mark\(number)", metadata: metadata[number % 4])
        }
    }

    static func files(_ folder: IndexFolder) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            let path = folder.path + "/" + name
            var isFolder = ObjCBool(false)
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
                !name.hasSuffix("-shm"), !name.hasSuffix(".lock")
            else { continue }
            files[name] = try Data(contentsOf: URL(fileURLWithPath: path))
        }
        return files
    }
}
