import Evaluation
import Foundation
import Testing
import TextFiles

struct RunFileTests {
    @Test func aTRECRunIsReadWhateverItsSpacing() throws {
        let run = try Fixtures.withFile("q1 Q0  d1 1 2.5 mine\nq1\tQ0\td2\t2\t-1e-3\tmine\n\nq2 Q0 d1 1 7 mine") {
            try Run(path: $0)
        }
        #expect(run.name == "mine")
        #expect(run.queries == ["q1", "q2"])
        #expect(run.hits(of: "q1") == [.init(docno: "d1", score: 2.5), .init(docno: "d2", score: -0.001)])
        #expect(run.hits(of: "q3").isEmpty)
        #expect(run.warnings.map(\.line) == [2])
    }

    @Test func anMSMARCORunKeepsItsRanks() throws {
        let run = try Fixtures.withFile("5\t30\t3\n5\t10\t1\n5\t20\t2\n") { try Run(path: $0) }
        #expect(run.hits(of: "5").map(\.docno) == ["10", "20", "30"])
        #expect(run.hits(of: "5").map(\.score) == [-1, -2, -3])
    }

    @Test func aQueryMayBeScatteredOverTheFile() throws {
        let rows = "b Q0 x 1 9 t\na Q0 x 1 5 t\nb Q0 y 2 8 t\na Q0 z 2 4 t\n"
        let run = try Fixtures.withFile(rows) { try Run(path: $0) }
        #expect(run.queries == ["b", "a"])
        #expect(run.hits(of: "b").map(\.docno) == ["x", "y"])
        #expect(run.hits(of: "a").map(\.docno) == ["x", "z"])
    }

    @Test(arguments: Run.Format.allCases) func whatIsWrittenReadsBack(format: Run.Format) throws {
        let run = try Run(path: Fixtures.path("small.run"))
        let again = try Fixtures.withFile("") { path in
            try run.write(to: path, format: format)
            return try Run(path: path)
        }
        #expect(again.queries == run.queries)
        for query in run.queries {
            #expect(again.hits(of: query).map(\.docno) == run.hits(of: query).map(\.docno))
            if format == .trec { #expect(again.hits(of: query) == run.hits(of: query)) }
        }
    }

    @Test(arguments: [
        ("q Q0 d 1 2 t\nq Q0 e 2 1\n", 2, "5 columns where 6"),
        ("q Q0 d 1 2 t\n\nq Q0 e 2 nan t\n", 3, "NaN"),
        ("q Q0 d 1 high t\n", 1, "\"high\" is not a number"),
        ("q Q0 d 1 2 t\n\nr Q0 d 1 2 t\nq Q0 d 2 1 t\n", 4, "first on line 1"),
        ("q Q0 d 1 2 t\nq Q0 e 2 1 t more\n", 2, "7 columns"),
        ("q 0 d 1\n", 1, "qrels"),
        ("query-id\tcorpus-id\tscore\n", 1, "BEIR qrels"),
        ("just words here and there\n", 1, "unknown format"),
        ("q\td\t0\n", 1, "from 1 up"),
        ("q\td\t1\nq\te\tfirst\n", 2, "\"first\""),
        ("q\td\t1\nq\te\n", 2, "2 columns where 3"),
    ])
    func brokenRowsAreNamedByFileAndLine(content: String, line: Int, words: String) throws {
        try Fixtures.withFile(content) { path in
            let error = #expect(throws: TextFileError.self) { try Run(path: path) }
            #expect(error?.path == path)
            #expect(error?.line == line)
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
    }

    @Test func anEmptyFileAndAMissingOneAreErrors() throws {
        try Fixtures.withFile("\n \n") { path in
            let error = #expect(throws: TextFileError.self) { try Run(path: path) }
            #expect(error?.message.contains("no results") == true)
        }
        #expect(throws: TextFileError.self) { try Run(path: "/nonexistent/run") }
    }

    @Test func byteOrderMarkCarriageReturnsAndMixedSeparatorsAreNamedAndReadOver() throws {
        let content = "\u{FEFF}q Q0 d 1 2 t\nq Q0 e 2 1 t\r\nq\tQ0\tf\t3\t0.5\tt\r\n"
        let run = try Fixtures.withFile(content) { try Run(path: $0) }
        #expect(run.queries == ["q"])
        #expect(run.hits(of: "q").map(\.docno) == ["d", "e", "f"])
        #expect(run.warnings.map(\.line).sorted() == [1, 2, 3])
        #expect(run.warnings.contains { $0.line == 1 && $0.message.contains("byte order mark") })
        #expect(run.warnings.contains { $0.line == 2 && $0.message.contains("\\r\\n") })
        #expect(run.warnings.contains { $0.line == 3 && $0.message.contains("tabs and spaces") })
    }

    @Test func scoresAreRoundedCorrectly() throws {
        let scores = [
            "15.493499755859375", "0.1", "123456789012345678901", "1e-30", "+3.5", ".5", "7.", "-0.25", "inf",
        ]
        let rows = scores.enumerated().map { "q Q0 d\($0) 1 \($1) t\n" }.joined()
        let run = try Fixtures.withFile(rows) { try Run(path: $0) }
        let read = Dictionary(uniqueKeysWithValues: run.hits(of: "q").map { ($0.docno, $0.score) })
        for (index, score) in scores.enumerated() {
            let expected = score == "7." ? 7 : Double(score)
            #expect(read["d\(index)"] == expected)
        }
    }

    @Test func aRunInMemoryIsCheckedToo() {
        #expect(throws: TextFileError.self) {
            try Run(name: "r", rankings: [("q", [.init(docno: "a", score: 1), .init(docno: "a", score: 0)])])
        }
        #expect(throws: TextFileError.self) { try Run(name: "r", rankings: [("q", [.init(docno: "a", score: .nan)])]) }
    }

    @Test func aCompressedRunIsToldByItsContent() throws {
        let compressed = try #require(
            Data(base64Encoded: "H4sIAAAAAAACAytUCDRQSFEwVDBSKOEqBHFSgUxDIAcAAqBIEhoAAAA="))
        let path = NSTemporaryDirectory() + "evaluation-\(UUID().uuidString)"
        try compressed.write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try Run(path: path).hits(of: "q").map(\.docno) == ["d", "e"])
    }

    @Test(arguments: ["two words", "tab\tbed", "", "line\nend"]) func identifiersThatAreNoColumnAreNotWritten(
        docno: String
    ) throws {
        let run = try Run(name: "r", rankings: [("q", [.init(docno: docno, score: 1)])])
        let qrels = try Qrels(judgements: [("q", docno, 1)])
        try Fixtures.withFile("") { path in
            let error = #expect(throws: TextFileError.self) { try run.write(to: path) }
            #expect(error?.message.contains("passage id") == true)
            #expect(throws: TextFileError.self) { try qrels.write(to: path) }
        }
    }

    @Test func spacesInTheNameBecomeUnderscoresInTheTag() throws {
        let run = try Run(name: "my best run", rankings: [("q", [.init(docno: "d", score: 1)])])
        let name = try Fixtures.withFile("") { path in
            try run.write(to: path)
            return try Run(path: path).name
        }
        #expect(name == "my_best_run")
    }
}
