import ArgumentParser
import Corpus
import Foundation
import JSON
import PassageIndex
import Ranking

/// `passerine bench`: hidden; what `Benchmarks/` runs.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Time parts of the program.", shouldDisplay: false,
        subcommands: [BM25.self, Postings.self, Additions.self, Filters.self, Encoder.self])

    /// Times BM25 alone, one thread, and says what was found.
    struct BM25: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "bm25", abstract: "Time BM25 candidates.")

        @OptionGroup var shared: SharedOptions
        @Option(help: "Index to search.") var index: String
        @Option(help: "File of queries, id<TAB>text.") var queries: String
        @Option(help: "Passages to find.") var k = 1000
        @Option(help: "Rounds over all queries.") var rounds = 1
        @Flag(help: "Score every matching passage.") var exhaustive = false
        @Option(help: "Write what was found to this file: query, number and score a line.") var output: String?

        func run() throws {
            let configuration = try shared.configuration()
            let reader = try IndexReader(IndexFolder(name: index, in: configuration.indexes), models: .none)
            let queries = try String(contentsOfFile: queries, encoding: .utf8).parts(between: "\n").map { line in
                line.parts(between: "\t", maxSplits: 1).map(String.init)
            }
            var times: [JSONValue] = []
            var found = ""
            let clock = ContinuousClock()
            for round in 0..<rounds {
                for query in queries where query.count == 2 {
                    var candidates: [ScoredPassage] = []
                    let time = try clock.measure {
                        candidates = try reader.withSnapshot {
                            exhaustive
                                ? try $0.exhaustiveCandidates(query[1], limit: k, bm25: .init())
                                : try $0.candidates(query[1], limit: k, bm25: .init())
                        }
                    }
                    times.append(
                        .number(Double(time.components.attoseconds) / 1e15 + Double(time.components.seconds) * 1e3))
                    guard round == 0, output != nil else { continue }
                    for candidate in candidates { found += "\(query[0])\t\(candidate.number)\t\(candidate.score)\n" }
                }
            }
            if let output { try found.write(toFile: output, atomically: true, encoding: .utf8) }
            let postings = try reader.withSnapshot { try $0.postingsState().state.rawValue }
            print(JSONValue.object(["milliseconds": .array(times), "postings": .string(postings)]).serialised())
        }
    }

    /// Builds an index's postings.
    struct Postings: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "postings", abstract: "Build postings.")

        @OptionGroup var shared: SharedOptions
        @Option(help: "Index.") var index: String

        func run() throws {
            let configuration = try shared.configuration()
            let clock = ContinuousClock()
            var summary: PostingsBuilder.Summary?
            let time = try clock.measure {
                summary = try PostingsBuilder(IndexFolder(name: index, in: configuration.indexes)).build()
            }
            guard let summary else { return }
            let fields: [CodePoints: JSONValue] = [
                "passages": .integer(Int64(summary.passages)), "terms": .integer(Int64(summary.terms)),
                "postings": .integer(Int64(summary.postings)), "bytes": .integer(Int64(summary.bytes)),
                "seconds": .number(Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18),
            ]
            print(JSONValue.object(fields).serialised())
        }
    }
}
