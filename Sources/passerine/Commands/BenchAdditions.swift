import ArgumentParser
import Corpus
import Foundation
import JSON
import PassageIndex
import Ranking
import Synchronization

extension BenchCommand {
    /// Times small additions by several clients at once, each waiting until its own is durable before the next.
    struct Additions: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "additions", abstract: "Time small additions that share commits.")

        @OptionGroup var models: ModelOptions
        @Option(help: "Folder to make the index in, on the disk to be measured.") var folder: String
        @Option(help: "Corpus to take passages from.") var corpus: String
        @Option(parsing: .upToNextOption, help: "Numbers of clients.") var clients = [1, 8, 64]
        @Option(help: "Seconds for each.") var seconds = 5.0
        @Flag(help: "Without models, so that it is the commits alone that are timed.") var lexicalOnly = false

        func run() throws {
            let reader = try CorpusReader(paths: [corpus])
            var passages: [Passage] = []
            while passages.count < 20_000, let event = reader.next() {
                if case .passage(let passage, _) = event { passages.append(passage) }
            }
            guard !passages.isEmpty else { throw ValidationError("\(corpus) has no passages") }
            let loaded =
                lexicalOnly
                ? .none : try ModelLocation.models(models.folders(Configuration(file: nil)), crossEncoder: false)
            JSONOutput.writeLine([
                "sync_p50_ms": Self.percentile(0.5, of: try timeSyncs()), "machine": .string(Machine.description),
            ])
            for count in clients {
                let index = IndexFolder(path: "\(folder)/bench-\(count)")
                defer { try? FileManager.default.removeItem(atPath: index.path) }
                let writer = try GroupWriter {
                    try IndexWriter(index, settings: IndexSettings(models: loaded), models: loaded)
                }
                let times = try time(writer, clients: count, passages: passages)
                writer.close()
                JSONOutput.writeLine([
                    "clients": .integer(Int64(count)), "additions": .integer(Int64(times.count)),
                    "additions_per_second": .number((Double(times.count) / seconds * 10).rounded() / 10),
                    "p50_ms": Self.percentile(0.5, of: times), "p99_ms": Self.percentile(0.99, of: times),
                    "models": .bool(!lexicalOnly),
                    "machine": .string(Machine.description),
                ])
            }
        }

        /// Milliseconds that a part of the times, given in seconds, does not exceed.
        private static func percentile(_ part: Double, of times: [Double]) -> JSONValue {
            guard !times.isEmpty else { return nil }
            let milliseconds = times.sorted()[min(times.count - 1, Int(part * Double(times.count)))] * 1000
            return .number((milliseconds * 100).rounded() / 100)
        }

        /// Seconds that it takes to write a page behind the others of a file and sync it, which no commit can go below.
        private func timeSyncs() throws -> [Double] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let path = "\(folder)/sync"
            let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw ValidationError("\(path) cannot be made") }
            defer {
                close(descriptor)
                unlink(path)
            }
            let page = [UInt8](repeating: 1, count: 4096)
            let end = ContinuousClock.now + .seconds(min(seconds, 2))
            var times: [Double] = []
            while ContinuousClock.now < end {
                let began = ContinuousClock.now
                guard write(descriptor, page, page.count) == page.count, fdatasync(descriptor) == 0 else {
                    throw ValidationError("\(path) cannot be written")
                }
                times.append((ContinuousClock.now - began) / .seconds(1))
            }
            return times
        }

        /// Seconds that each acknowledged addition took.
        private func time(_ writer: GroupWriter, clients: Int, passages: [Passage]) throws -> [Double] {
            let end = ContinuousClock.now + .seconds(seconds)
            let results = Mutex<(times: [Double], failure: (any Error)?)>(([], nil))
            let group = DispatchGroup()
            for client in 0..<clients {
                let thread = Thread {
                    var times: [Double] = []
                    do {
                        var number = client
                        while ContinuousClock.now < end {
                            var passage = passages[number % passages.count]
                            passage.id = "\(number)"
                            let began = ContinuousClock.now
                            _ = try writer.perform(.add([passage]))
                            times.append((ContinuousClock.now - began) / .seconds(1))
                            number += clients
                        }
                    } catch {
                        results.withLock { $0.failure = error }
                    }
                    results.withLock { $0.times += times }
                    group.leave()
                }
                group.enter()
                thread.start()
            }
            group.wait()
            return try results.withLock { results in
                if let failure = results.failure { throw failure }
                return results.times
            }
        }
    }
}
