import ArgumentParser
import Corpus
import Foundation
import PassageIndex
import Ranking

/// `passerine index`: adds a corpus to an index.
struct IndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index",
        abstract: "Add passages to an index, which is made where there is none.",
        discussion: """
            CORPUS is a file, a folder or - for standard input: MS MARCO TSV (id<TAB>text), BEIR or Anserini JSONL, \
            plain or .gz, or a folder of .txt, .md and .html files, of which each section becomes a passage. A passage \
            whose id is there already replaces it.
            """)

    enum OnError: String, ExpressibleByArgument, CaseIterable { case skip, fatal }

    @OptionGroup var shared: SharedOptions
    @OptionGroup var models: ModelOptions
    @Option(help: "Name of the index.") var index: String
    @Argument(help: ArgumentHelp("What to index.", valueName: "corpus")) var corpus: [String]
    @Flag(help: "Make an index without token data: BM25 only, no model needed.") var lexicalOnly = false
    @Option(help: "How vectors are stored in a new index: int8 or float16.") var codec: TokenCodec = .int8
    @Option(help: "Columns of the vectors in a new index, where the model can be cut.") var dimension: Int?
    @Option(help: "How text becomes terms in a new index: english or plain.") var analysis: Analysis = .english
    @Flag(help: "Cut long passages instead of splitting them into windows.") var noSplit = false
    @Option(help: "What to do with a passage that cannot be read: skip or fatal.") var onError: OnError = .skip
    @Option(help: "Format of the files: tsv or jsonl (default: told by content).") var format: CorpusFormat?
    @Option(help: "Stop after so many passages.") var limit: Int?
    @Flag(help: "Print the summary as JSON.") var json = false

    func run() throws {
        let configuration = try shared.configuration()
        let folder = try IndexFolder(name: index, in: configuration.indexes)
        let reader = try CorpusReader(paths: corpus, options: CorpusOptions(format: format))
        let loaded = try loadModels(folder, configuration)
        let settings = IndexSettings(
            models: loaded, analysis: analysis, codec: codec, dimension: dimension, splitsPassages: !noSplit)
        if let dimension { _ = try PassageEncoder(models: loaded, dimension: dimension) }
        let writer = try IndexWriter(folder, settings: settings, models: loaded)
        var job = IndexingJob(reader: reader, writer: writer, stopsAtErrors: onError == .fatal, limit: limit)
        try job.run()
        try report(job, writer)
        if let failure = job.failure { throw failure }
    }

    private func loadModels(_ folder: IndexFolder, _ configuration: Configuration) throws -> ModelSet {
        let folders = models.folders(configuration)
        if folder.exists {
            return try ModelLocation.models(for: IndexSettings.read(folder), folders)
        }
        return lexicalOnly
            ? ModelSet.none
            : try ModelLocation.models(folders, crossEncoder: false)
    }

    private func report(_ job: IndexingJob, _ writer: IndexWriter) throws {
        let summary = writer.summary
        let seconds = job.progress.seconds
        if json {
            let fields: [String: JSONValue] = [
                "index": .string(index), "added": .integer(Int64(summary.added)),
                "replaced": .integer(Int64(summary.replaced)), "broken": .integer(Int64(job.broken)),
                "split": .integer(Int64(summary.split)), "cut": .integer(Int64(summary.cut)),
                "pieces": .integer(Int64(summary.pieces)), "seconds": .number((seconds * 1000).rounded() / 1000),
                "interrupted": .bool(job.wasInterrupted),
            ]
            print(JSONValue.object(fields).serialised())
            return
        }
        var parts = ["\(summary.added) passages added to \(index) in \(Progress.duration(seconds))"]
        if summary.replaced > 0 { parts.append("\(summary.replaced) of them replaced one with the same id") }
        if summary.split > 0 { parts.append("\(summary.split) split into windows") }
        if summary.cut > 0 { parts.append("\(summary.cut) cut to the model's length") }
        if job.broken > 0 { parts.append("\(job.broken) broken and left out") }
        if job.wasInterrupted { parts.append("interrupted; run the same command again to go on") }
        print(parts.joined(separator: "; "))
    }
}

extension TokenCodec: ExpressibleByArgument {}
extension Analysis: ExpressibleByArgument {}
extension CorpusFormat: ExpressibleByArgument {}
