import Evaluation
import Foundation
import Testing
import TextFiles

struct QueriesTests {
    @Test(arguments: [
        ("{\"_id\": 7, \"text\": \"wide rivers\"}\n", "7"), ("{\"id\": \"x\", \"text\": \"wide rivers\"}", "x"),
        ("\u{FEFF}{\"_id\": \"7\", \"text\": \"wide rivers\", \"metadata\": {}}\r\n", "7"),
        // Beyond 2^53, where a floating-point number loses digits.
        ("{\"_id\": 9007199254740993, \"text\": \"wide rivers\"}\n", "9007199254740993"),
        ("  {\"_id\": -9223372036854775808, \"text\": \"wide rivers\"}\n", "-9223372036854775808"),
        ("\u{FEFF}7\twide rivers\r\n", "7"), ("qid\tquery\n 7 \twide rivers", "7"), ("id\ttext\n7\twide rivers\n", "7"),
    ])
    func identifiers(content: String, id: String) throws {
        let queries = try Fixtures.withFile(content) { try Queries(path: $0) }
        #expect(queries.queries == [.init(id: id, text: "wide rivers")])
        #expect(queries.warnings.isEmpty)
    }

    @Test(arguments: [
        ("{\"_id\": 7.5, \"text\": \"x\"}", 1, "\"_id\""),
        ("{\"_id\": 18446744073709551616, \"text\": \"x\"}", 1, "64 bits"),
        ("{\"_id\": \"7\", \"text\": null}", 1, "\"text\" is"), ("{\"_id\": \"7\"}", 1, "has no \"text\""),
        ("{\"qid\": \"7\", \"query\": \"x\"}", 1, "\"_id\""), ("{\"_id\": null, \"text\": \"x\"}", 1, "\"_id\" is"),
        ("{\"_id\": \"7\", \"text\": \"x\n", 1, "not JSON"), ("{\"_id\": \"\", \"text\": \"x\"}", 1, "id is empty"),
        ("1\tx\n \ty\n", 2, "id is empty"), ("1\tx\n2\t\n", 2, "no text"),
        ("1\tx\n1\ty\n", 2, "first on line 1"),
        ("{\"_id\": 7, \"text\": \"x\"}\n\n{\"_id\": \"7\", \"text\": \"y\"}\n", 3, "first on line 1"),
    ])
    func whatIsWrongIsNamed(content: String, line: Int, words: String) throws {
        try Fixtures.withFile(content) { path in
            let error = #expect(throws: TextFileError.self) { try Queries(path: path) }
            #expect(error?.path == path && error?.line == line)
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
    }

    @Test func theSameQueryTwiceIsAWarning() throws {
        let queries = try Fixtures.withFile("1\tx\n2\ty\n1\tx\n2\ty\n") { try Queries(path: $0) }
        #expect(queries.queries.map(\.id) == ["1", "2"])
        #expect(queries.warnings.map(\.line) == [3])
        #expect(queries.warnings.first?.message.contains("query 1 occurs again (first on line 1)") == true)
    }

    @Test func textsAreFoundByTheBytesOfTheirIdentifiers() throws {
        let queries = try Fixtures.withFile("e\u{301}\tone\n\u{E9}\tother\n") { try Queries(path: $0) }
        #expect(queries.queries.count == 2 && queries.warnings.isEmpty)
        #expect(queries.texts["\u{E9}"] == "other" && queries.texts["e\u{301}"] == "one")
    }

    /// Two identifiers that are no UTF-8 would be read as one.
    @Test func identifiersOfQueriesThatAreNoText() throws {
        let path = NSTemporaryDirectory() + "evaluation-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        for row in ["a 0 d 1\n", "a Q0 d 1 2 t\n", "a\td\t1\n"] {
            let bad = [0xE9] + Array(row.utf8.dropFirst())
            try Data(Array(row.utf8) + bad).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: TextFileError.self) {
                if row.contains("0 d 1\n") { _ = try Qrels(path: path) } else { _ = try Run(path: path) }
            }
            #expect(error?.line == 2 && error?.message.contains("UTF-8") == true)
        }
    }

    /// Compressed files of two rows each, whose checksum at the end is cut off.
    @Test func filesCutShortAreErrors() throws {
        func read(_ packed: String, _ read: (String) throws -> Void) throws {
            let path = NSTemporaryDirectory() + "evaluation-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: path) }
            let content = try #require(Data(base64Encoded: packed))
            try content.write(to: URL(fileURLWithPath: path))
            try read(path)
            try content.dropLast(6).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: TextFileError.self) { try read(path) }
            #expect(error?.path == path && error?.message.contains("cut short") == true)
        }
        try read("H4sIAAAAAAACAzPkrOAy4qzkAgBQfsdfCAAAAA==") { _ = try Queries(path: $0) }
        try read("H4sIAAAAAAACAytUCDRQSFEwVDBSKOEqBHFSgUxDIAcAAqBIEhoAAAA=") { _ = try Run(path: $0) }
        try read("H4sIAAAAAAACAytUMFBIUTDkKgTSqQoGXAA9/dXTEAAAAA==") { _ = try Qrels(path: $0) }
    }
}
