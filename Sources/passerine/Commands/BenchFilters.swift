import ArgumentParser
import Corpus
import Foundation
import JSON
import PassageIndex
import Ranking

extension BenchCommand {
    /// Times filters: finding the passages that one lets through, and the candidates among them.
    struct Filters: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "filters", abstract: "Time filters.")

        @OptionGroup var shared: SharedOptions
        @Option(help: "Index to search.") var index: String
        @Option(help: "File of queries, id<TAB>text.") var queries: String
        @Option(help: "Filter as JSON; several are timed one after the other.") var filter: [String]
        @Option(help: "Passages to find.") var k = 1000
        @Option(help: "Rounds; medians are given.") var rounds = 5

        func run() throws {
            let folder = try IndexFolder(name: index, in: shared.configuration().indexes)
            let queries = try String(contentsOfFile: queries, encoding: .utf8).parts(between: "\n").compactMap {
                $0.parts(between: "\t", maxSplits: 1).dropFirst().first.map(String.init)
            }
            for json in [nil] + filter.map(Optional.some) {
                let filter = try json.map { try MetadataFilter(JSONValue(parsing: $0)) }
                var (first, again, searches): ([Double], [Double], [Double]) = ([], [], [])
                var passages = 0
                for _ in 0..<rounds {
                    // A reader of its own has no set of an earlier round.
                    let reader = try IndexReader(folder, models: .none, readers: 1)
                    try reader.withSnapshot { snapshot in
                        _ = try snapshot.candidates("warm", limit: 1, bm25: .init())
                        var allowed: PassageSet?
                        if let filter {
                            first.append(try milliseconds { allowed = try snapshot.passages(matching: filter) })
                            again.append(try milliseconds { allowed = try snapshot.passages(matching: filter) })
                        }
                        passages = try allowed?.count ?? snapshot.passageCount
                        for query in queries {
                            searches.append(
                                try milliseconds {
                                    _ = try snapshot.candidates(query, limit: k, bm25: .init(), within: allowed)
                                })
                        }
                    }
                }
                JSONOutput.writeLine([
                    "filter": .string(json ?? "none"), "passages": .integer(Int64(passages)),
                    "first_ms": .number(median(first)), "again_ms": .number(median(again)),
                    "bm25_ms": .number(median(searches)),
                ])
            }
        }

        private func milliseconds(_ body: () throws -> Void) rethrows -> Double {
            let time = try ContinuousClock().measure(body)
            return Double(time.components.attoseconds) / 1e15 + Double(time.components.seconds) * 1e3
        }

        /// To a microsecond; 0 of nothing.
        private func median(_ times: [Double]) -> Double {
            times.isEmpty ? 0 : (times.sorted()[times.count / 2] * 1000).rounded() / 1000
        }
    }
}
