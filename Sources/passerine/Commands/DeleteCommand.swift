import ArgumentParser
import Corpus
import Foundation
import PassageIndex
import TextFiles

/// `passerine delete`: takes passages out of an index.
struct DeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete passages by their ids.",
        discussion:
            "They are gone from searches at once; `passerine compact` gives their space back. No model is needed.")

    /// Ids that one commit takes out.
    private static let idsPerCommit = 10_000

    @OptionGroup var shared: SharedOptions
    @Option(help: "Name of the index.") var index: String
    @Argument(help: "Ids of the passages.") var ids: [String] = []
    @Option(help: "File with an id a line; - is standard input.") var file: String?
    @Option(help: "Make deletions durable after so many.") var commitEvery = idsPerCommit
    @Flag(help: "Print a line of JSON after each commit: how many ids are done.") var acknowledge = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard commitEvery > 0 else { throw ValidationError("--commit-every must be at least 1, not \(commitEvery)") }
        guard file != nil || !ids.isEmpty else { throw ValidationError("name ids, or a file of them with --file") }
    }

    func run() throws {
        let folder = try IndexFolder(name: index, in: shared.configuration().indexes)
        let writer = try IndexWriter(maintaining: folder)
        var done = 0
        func delete(_ ids: [String]) throws {
            try writer.delete(ids: ids)
            done += ids.count
            if acknowledge { JSONOutput.writeLine(["durable": .integer(Int64(done))]) }
        }
        var batch: [String] = []
        func take(_ id: String) throws {
            batch.append(id)
            if batch.count == commitEvery {
                try delete(batch)
                batch = []
            }
        }
        for id in ids { try take(id) }
        if let file {
            let lines = try LineReader(path: file)
            while let line = try lines.next() {
                if !line.bytes.isEmpty { try take(try line.text()) }
            }
        }
        if !batch.isEmpty { try delete(batch) }
        let deleted = writer.summary.deleted
        if json {
            JSONOutput.writeLine([
                "index": .string(index), "deleted": .integer(Int64(deleted)), "absent": .integer(Int64(done - deleted)),
            ])
        } else {
            print(
                "\(deleted) passages deleted from \(index)"
                    + (done > deleted ? "; \(done - deleted) were not there" : ""))
        }
    }
}
