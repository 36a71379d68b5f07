import Corpus
import Foundation
import JSON
import Testing

/// The short form of `make test-crash`: the real program, killed at moments that differ from run to run.
@Suite struct CrashTests {
    /// A program that runs in the background and is killed with SIGKILL.
    private final class Victim {
        private let process = Process()
        private let output = Pipe()

        init(_ arguments: [String]) throws {
            process.executableURL = URL(fileURLWithPath: CommandLineRun.binary)
            process.arguments = arguments
            process.currentDirectoryURL = URL(fileURLWithPath: CommandLineRun.root)
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
        }

        /// Kills it after that many acknowledgements and a little longer; returns how many passages were acknowledged.
        func kill(afterLines lines: Int, microseconds: UInt32) throws -> Int {
            var read = Data()
            while read.count(where: { $0 == 0x0A }) < lines {
                let more = output.fileHandleForReading.availableData
                if more.isEmpty { break }
                read += more
            }
            usleep(microseconds)
            Glibc.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            read += output.fileHandleForReading.readDataToEndOfFile()
            let whole = read.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()
            let last = whole.compactMap { try? JSONValue(parsing: String(decoding: $0, as: UTF8.self))["durable"] }.last
            return last?.integerValue.map { Int($0) } ?? 0
        }
    }

    @Test(arguments: [true, false]) func killedWhileIndexing(lexical: Bool) throws {
        let commitEvery = 8
        let texts = (0..<96).map { "passage \($0) of \(["apples", "pears", "plums"][$0 % 3]) mark\($0)" }
        let corpus = texts.enumerated().map { "p\($0)\t\($1)\n" }.joined()
        let work = try Workspace(["corpus.tsv": corpus])
        let models = lexical ? ["--lexical-only"] : ["--models", "Tests/RankingTests/Fixtures/one-pass"]
        let place = ["--indexes", work["indexes"]]
        let command =
            ["index", "--index", "demo", work["corpus.tsv"], "--acknowledge", "--commit-every", "\(commitEvery)"]
            + models + place
        var durable = 0
        for kill in 0..<6 {
            durable = max(
                durable, try Victim(command).kill(afterLines: kill, microseconds: .random(in: 0..<8000)))
            let verified = try CommandLineRun(["verify", "--index", "demo", "--json"] + place)
            // Before the first commit there may be no index at all.
            guard kill > 0 || verified.status == 0 else { continue }
            let report = try verified.json
            #expect(report["problems"] == .array([]), "kill \(kill)")
            let passages = try #require(report["passages"]?.integerValue.map { Int($0) })
            // All that was acknowledged, and beyond it at most the one commit that was under way, whole.
            #expect(passages >= durable && passages <= durable + commitEvery, "kill \(kill)")
            #expect(passages % commitEvery == 0 || passages == texts.count, "kill \(kill)")
            durable = passages
            guard passages > 0 else { continue }
            let last = passages - 1
            let found = try CommandLineRun(["search", "--index", "demo", "mark\(last)", "--json"] + place)
            #expect(try found.json["hits"]?.arrayValue?.compactMap { $0["id"]?.stringValue } == ["p\(last)"])
        }
        // What was interrupted goes on, and ends as if nothing had been.
        let rest = try CommandLineRun(command + ["--json"])
        #expect(rest.status == 0)
        let end = try CommandLineRun(["verify", "--index", "demo", "--json"] + place).json
        #expect(end["passages"] == 96 && end["problems"] == .array([]) && end["notes"] == .array([]))
        let nothing = try CommandLineRun(command)
        #expect(nothing.status == 0 && nothing.output.contains("nothing to do"))
    }

    @Test func killedWhileMergingAndDeleting() throws {
        let work = try Workspace([
            "corpus.tsv": (0..<60).map { "p\($0)\tpassage number \($0) mark\($0)\n" }.joined(),
            "ids.txt": (0..<30).map { "p\($0)\n" }.joined(),
        ])
        let place = ["--index", "demo", "--indexes", work["indexes"]]
        let made = try CommandLineRun(
            ["index", work["corpus.tsv"], "--commit-every", "6", "--models", "Tests/RankingTests/Fixtures/one-pass"]
                + place)
        #expect(made.status == 0)
        let deleted = try Victim(
            ["delete", "--file", work["ids.txt"], "--commit-every", "3", "--acknowledge"] + place
        ).kill(afterLines: 3, microseconds: .random(in: 0..<5000))
        let after = try CommandLineRun(["verify", "--json"] + place).json
        let passages = try #require(after["passages"]?.integerValue.map { Int($0) })
        #expect(after["problems"] == .array([]))
        #expect(passages == 60 - deleted || passages == 60 - deleted - 3)
        for _ in 0..<4 {
            _ = try Victim(["compact"] + place).kill(afterLines: 0, microseconds: .random(in: 2000..<40_000))
            let report = try CommandLineRun(["verify", "--json"] + place).json
            #expect(report["problems"] == .array([]))
            #expect(report["passages"] == .integer(Int64(passages)))
            let found = try CommandLineRun(["search", "mark59", "--json"] + place)
            #expect(try found.json["hits"]?.arrayValue?.compactMap { $0["id"]?.stringValue } == ["p59"])
        }
    }

    @Test func anInterruptedRunGoesOnAndSaysSo() throws {
        let work = try Workspace(["corpus.tsv": (0..<40).map { "p\($0)\tpassage number \($0)\n" }.joined()])
        let command = ["index", "--index", "demo", "--lexical-only", work["corpus.tsv"], "--indexes", work["indexes"]]
        let first = try CommandLineRun(command + ["--limit", "15"])
        #expect(first.status == 0 && first.output.contains("15 passages added"))
        let second = try CommandLineRun(command)
        #expect(second.output.contains("25 passages added") && second.errors.contains("after 15 passages"))
        let third = try CommandLineRun(command)
        #expect(third.output.contains("nothing to do"))
        let again = try CommandLineRun(command + ["--again", "--json"])
        #expect(try again.json["added"] == 40 && again.json["replaced"] == 40)
    }
}
