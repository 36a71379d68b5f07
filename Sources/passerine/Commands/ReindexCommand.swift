import ArgumentParser
import Corpus
import Foundation
import PassageIndex
import Ranking

/// `passerine reindex`: encodes an index again from its stored texts.
struct ReindexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reindex",
        abstract: "Encode an index again with other models or another codec.",
        discussion: """
            Texts are taken from the index. Searches go on with the old token data until the new ones take their place in \
            one step. An interrupted run (Ctrl-C finishes the batch) goes on where it was when the same command is given \
            again.
            """)

    @OptionGroup var shared: SharedOptions
    @OptionGroup var models: ModelOptions
    @Option(help: "Name of the index.") var index: String
    @Option(help: "How vectors are stored: int8 or float16 (default: as before).") var codec: TokenCodec?
    @Option(help: "Columns of the vectors, where the model can be cut.") var dimension: Int?
    @Flag(inversion: .prefixedNo, help: "Split long passages into windows, or cut them (default: as before).")
    var split: Bool?
    @Option(help: "Make what is encoded durable after so many passages, and every minute.") var commitEvery = 50_000
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard commitEvery > 0 else { throw ValidationError("--commit-every must be at least 1, not \(commitEvery)") }
    }

    func run() throws {
        let configuration = try shared.configuration()
        let folder = try IndexFolder(name: index, in: configuration.indexes)
        let loaded = try ModelLocation.models(models.folders(configuration), crossEncoder: false)
        let reindexing = try Reindexing(
            folder, models: loaded, codec: codec, dimension: dimension, splitsPassages: split)
        reindexing.passagesPerCommit = commitEvery
        if reindexing.isResumed { Terminal.complain("going on after \(reindexing.done) passages of an earlier run") }
        let progress = Progress(unit: "passages")
        let before = reindexing.done
        Interruption.watch()
        while try reindexing.step() {
            let rest = Double(max(1, reindexing.total - before))
            progress.report(
                done: reindexing.done - before, fraction: Double(reindexing.done - before) / rest,
                extra: [("pieces", Double(reindexing.pieces) / max(1e-3, progress.seconds))])
            guard !Interruption.isRequested else {
                try reindexing.commit()
                progress.finish()
                print("interrupted; run the same command again to go on")
                throw ExitCode(1)
            }
        }
        try reindexing.switchOver()
        progress.finish()
        if json {
            JSONOutput.writeLine(["index": .string(index), "passages": .integer(Int64(reindexing.done))])
        } else {
            print("\(reindexing.done) passages of \(index) encoded again in \(Progress.duration(progress.seconds))")
        }
    }
}
