import Evaluation
import Foundation
import Testing
import TextFiles

struct DatasetPresetTests {
    private func withFolder(_ files: [String], _ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "dataset-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for file in files {
            let url = URL(fileURLWithPath: "\(folder)/\(file)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("x".utf8).write(to: url)
        }
        try body(folder)
    }

    @Test func presetsKnowTheirThresholdsAndMeasures() throws {
        for name in DatasetPreset.names { #expect(try DatasetPreset(named: name).name == name) }
        let dl20 = try DatasetPreset(named: "dl20")
        #expect(dl20.relevanceThreshold == 2)
        #expect(dl20.judgedQueries == 54)
        #expect(dl20.measures.map(\.description).prefix(2) == ["nDCG@10", "AP(rel=2)"])
        #expect(try DatasetPreset(named: "msmarco-dev").measures.first?.description == "RR@10")
        let error = #expect(throws: ComparisonError.self) { try DatasetPreset(named: "trec-covid") }
        #expect(error?.description.contains("dl19") == true)
    }

    @Test func filesAreFoundUnderTheirOfficialNamesPlainOrCompressed() throws {
        let official = ["msmarco-test2019-queries.tsv.gz", "2019qrels-pass.txt", "collection.tsv", "queries.tsv"]
        try withFolder(official) { folder in
            let files = try DatasetPreset(named: "dl19").files(in: folder)
            #expect(files.queries == "\(folder)/msmarco-test2019-queries.tsv.gz")
            #expect(files.qrels == "\(folder)/2019qrels-pass.txt")
            #expect(files.collection == "\(folder)/collection.tsv")
            let error = #expect(throws: ComparisonError.self) {
                try DatasetPreset(named: "msmarco-dev").files(in: folder)
            }
            #expect(error?.description.contains("qrels.dev.small.tsv") == true)
        }
    }

    @Test func aFolderIsTakenForABEIRDataSet() throws {
        try withFolder(["queries.jsonl", "qrels/test.tsv", "corpus.jsonl.gz"]) { folder in
            let (preset, found) = try DatasetPreset.resolve(folder)
            #expect(found == folder)
            #expect(preset.title.hasPrefix("BEIR, dataset-"))
            #expect(try preset.files(in: folder).collection == "\(folder)/corpus.jsonl.gz")
        }
        #expect(try DatasetPreset.resolve("dl19").folder == nil)
        #expect(throws: ComparisonError.self) { try DatasetPreset.resolve("/nonexistent") }
    }

    @Test(arguments: [
        "1\twhat is it\n\n2\ttwo\twords\n",
        "{\"_id\":\"1\",\"text\":\"what is it\"}\n{\"_id\":\"2\",\"text\":\"two\\twords\"}\n",
    ])
    func queriesAreReadInBothShapes(content: String) throws {
        let queries = try Fixtures.withFile(content) { try Queries(path: $0) }
        #expect(queries.queries == [.init(id: "1", text: "what is it"), .init(id: "2", text: "two\twords")])
        #expect(queries.texts["2"] == "two\twords")
    }

    @Test(arguments: [
        ("1\ta\n2 b\n", 2, "no tab"), ("1\ta\n1\tb\n", 2, "occurs again"), ("{\"id\": 1}\n", 1, "_id"),
    ])
    func brokenQueriesAreNamed(content: String, line: Int, words: String) throws {
        try Fixtures.withFile(content) { path in
            let error = #expect(throws: TextFileError.self) { try Queries(path: path) }
            #expect(error?.line == line)
            #expect(error?.message.contains(words) == true)
        }
    }
}
