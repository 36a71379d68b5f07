import ArgumentParser
import Corpus
import PassageIndex

/// `passerine compact`: merges segments, drops what is dead in them, and builds the postings anew.
struct CompactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact",
        abstract: "Merge an index's segments, drop what is dead in them, and build its postings anew.",
        discussion: "Nothing is encoded again, and searches go on. No model is needed.")

    @OptionGroup var shared: SharedOptions
    @Option(help: "Name of the index.") var index: String
    @Option(help: "Largest segment to make, in MiB.") var largest = 2048
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard (1...65_536).contains(largest) else {
            throw ValidationError("--largest must be 1 to 65536, not \(largest)")
        }
    }

    func run() throws {
        let folder = try IndexFolder(name: index, in: shared.configuration().indexes)
        let writer = try IndexWriter(maintaining: folder)
        var policy = CompactionPolicy.full
        policy.largestBytes = largest << 20
        let gone = try writer.compact(policy)
        try writer.optimizeFullText()
        try PostingsBuilder(folder).build()
        if json {
            JSONOutput.writeLine(["index": .string(index), "merged": .integer(Int64(gone))])
        } else {
            print(gone == 0 ? "\(index): nothing to merge" : "\(index): \(gone) segments merged")
        }
    }
}
