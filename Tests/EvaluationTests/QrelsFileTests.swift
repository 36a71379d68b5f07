import Evaluation
import Foundation
import Testing
import TextFiles

struct QrelsFileTests {
    @Test(arguments: [
        "q1 0 d1 2\nq1 0 d2 0\nq2 Q0 d1 -1\n", "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\nq2\td1\t-1\n",
    ])
    func bothShapesAreRead(content: String) throws {
        let qrels = try Fixtures.withFile(content) { try Qrels(path: $0) }
        #expect(qrels.queries == ["q1", "q2"])
        #expect(qrels.count == 3)
        #expect(qrels.grade(query: "q1", docno: "d1") == 2)
        #expect(qrels.grade(query: "q1", docno: "d2") == 0)
        #expect(qrels.grade(query: "q2", docno: "d1") == -1)
        #expect(qrels.grade(query: "q2", docno: "d2") == nil)
        #expect(qrels.grade(query: "q3", docno: "d1") == nil)
    }

    @Test(arguments: Qrels.Format.allCases) func whatIsWrittenReadsBack(format: Qrels.Format) throws {
        let qrels = try Qrels(path: Fixtures.path("small.qrels"))
        let again = try Fixtures.withFile("") { path in
            try qrels.write(to: path, format: format)
            return try Qrels(path: path)
        }
        #expect(again.queries == qrels.queries)
        for query in qrels.queries {
            #expect(again.judgements(of: query).map(\.docno) == qrels.judgements(of: query).map(\.docno))
            #expect(again.judgements(of: query).map(\.grade) == qrels.judgements(of: query).map(\.grade))
        }
    }

    @Test(arguments: [
        ("q 0 d 1\nq 0 e\n", 2, "3 columns where 4"),
        ("q 0 d 1.5\n", 1, "\"1.5\" is not a whole number"),
        ("q 0 d 99999999\n", 1, "up to 1000"),
        ("q 0 d 1\nr 0 d 1\nq 0 d 2\n", 3, "first on line 1, with grade 1"),
        ("q d 1\n", 1, "no header"),
        ("q Q0 d 1 2 t\n", 1, "this is a run"),
        ("q\n", 1, "unknown format: 1 column;"),
        ("query-id\tcorpus-id\tscore\nq\td\n", 2, "2 columns where 3"),
    ])
    func brokenRowsAreNamedByFileAndLine(content: String, line: Int, words: String) throws {
        try Fixtures.withFile(content) { path in
            let error = #expect(throws: TextFileError.self) { try Qrels(path: path) }
            #expect(error?.path == path)
            #expect(error?.line == line)
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
    }

    /// The same judgement twice is one, with a warning; the rows of the other queries stay where they belong.
    @Test(arguments: [
        "q 0 d 1\nr 0 d 2\nq 0 d 1\nr 0 e 0\nr 0 d 2\nq 0 f 3\n",
        "query-id\tcorpus-id\tscore\nq\td\t1\nq\td\t1\nr\td\t2\nr\td\t2\nr\te\t0\nq\tf\t3\n",
    ])
    func theSameJudgementTwice(content: String) throws {
        let qrels = try Fixtures.withFile(content) { try Qrels(path: $0) }
        #expect(qrels.count == 4)
        #expect(
            qrels.judgements(of: "q").map(\.docno) == ["d", "f"] && qrels.judgements(of: "q").map(\.grade) == [1, 3])
        #expect(
            qrels.judgements(of: "r").map(\.docno) == ["d", "e"] && qrels.judgements(of: "r").map(\.grade) == [2, 0])
        #expect(qrels.grade(query: "r", docno: "e") == 0 && qrels.grade(query: "q", docno: "f") == 3)
        #expect(qrels.warnings.count == 1)
        #expect(qrels.warnings.first?.line == 3)
        let message = qrels.warnings.first?.message ?? ""
        #expect(message.contains("d is judged again for query q (first on line") && message.contains("2 rows"))
    }

    @Test func queriesAreTwoWhereUnicodeCallsThemOne() throws {
        let content = "e\u{301} 0 d 1\n\u{E9} 0 d 2\n"
        let qrels = try Fixtures.withFile(content) { try Qrels(path: $0) }
        #expect(qrels.queries.count == 2)
        #expect(qrels.grade(query: "\u{E9}", docno: "d") == 2 && qrels.grade(query: "e\u{301}", docno: "d") == 1)
        let run = try Run(name: "r", rankings: [("\u{E9}", [.init(docno: "d", score: 1)])])
        let report = EvaluationReport(
            EvaluatedRun(run, against: qrels, measures: try Measure.list("RR@10")), run: run, qrels: qrels,
            perQuery: true)
        #expect(report.answered == 1 && report.perQuery?.count == 2)
    }

    @Test(arguments: ["", "query-id\tcorpus-id\tscore\n"]) func filesWithoutJudgementsAreErrors(content: String) throws
    {
        try Fixtures.withFile(content) { path in
            let error = #expect(throws: TextFileError.self) { try Qrels(path: path) }
            #expect(error?.message.contains("no judgements") == true)
        }
    }

    @Test func someQueriesCanBeTakenOut() throws {
        let qrels = try Qrels(judgements: [("a", "1", 1), ("b", "1", 2), ("c", "1", 3)])
        let some = try qrels.restricted(to: ["a", "c", "unknown"])
        #expect(some.queries == ["a", "c"])
        #expect(some.grade(query: "c", docno: "1") == 3)
        #expect(some.grade(query: "b", docno: "1") == nil)
    }
}

extension QrelsFileTests {
    @Test func aGradeInMemoryIsBoundedToo() {
        #expect(throws: TextFileError.self) { try Qrels(judgements: [("q", "d", .max)]) }
        #expect(throws: TextFileError.self) { try Qrels(judgements: [("q", "d", .min)]) }
    }

    /// Whatever bytes a file holds, reading it ends in a value or in an error, and what is read can be measured.
    @Test func damagedFilesNeverStopTheProgram() throws {
        let files = try ["small.run", "small.qrels"].map {
            try Data(contentsOf: URL(fileURLWithPath: Fixtures.path($0)))
        }
        let measures = try Measure.list("nDCG AP RR@10 P@5 R@5 Bpref Judged@5 RBP Rprec Success@1 MSMARCO_MRR@10")
        let sound = try Qrels(path: Fixtures.path("small.qrels"))
        let soundRun = try Run(path: Fixtures.path("small.run"))
        var generator = SeededGenerator(seed: 11)
        var outcomes = (read: 0, refused: 0)
        for round in 0..<80 {
            var bytes = files[round % 2].prefix(Int.random(in: 100...900, using: &generator))
            // Half of the files end with a whole row, so that not all fail by their last one.
            if round % 4 < 2 { bytes = bytes[...(bytes.lastIndex(of: 0x0A) ?? 0)] }
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            let path = NSTemporaryDirectory() + "evaluation-\(UUID().uuidString)"
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            defer { try? FileManager.default.removeItem(atPath: path) }
            do {
                if round % 2 == 0 {
                    _ = EvaluatedRun(try Run(path: path), against: sound, measures: measures)
                } else {
                    _ = EvaluatedRun(soundRun, against: try Qrels(path: path), measures: measures)
                }
                outcomes.read += 1
            } catch let error as TextFileError {
                #expect(error.path == path)
                outcomes.refused += 1
            }
        }
        #expect(outcomes.read > 5 && outcomes.refused > 5)
    }
}
