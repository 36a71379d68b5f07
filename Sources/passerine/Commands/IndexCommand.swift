import ArgumentParser
import Corpus
import Foundation
import JSON
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
            whose id is there already replaces it. An interrupted run (Ctrl-C finishes the batch) goes on where it was when \
            the same command is given again; where passages of the input were deleted or replaced since, it is read anew \
            and what is missing or differs is added. Exit status 1 where a file that is named cannot be read to its end, \
            or where nothing but broken passages is found.
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
    @Option(help: "Metadata fields of a new index by which filters find fast, such as section,year.") var fields:
        String?
    @Flag(help: "Cut long passages instead of splitting them into windows.") var noSplit = false
    @Option(help: "What to do with a passage that cannot be read: skip or fatal.") var onError: OnError = .skip
    @Option(help: "Format of the files: tsv or jsonl (default: told by content).") var format: CorpusFormat?
    @Option(help: "Stop after so many passages of the input.") var limit: Int?
    @Flag(help: "Index the input from its beginning, also where an earlier run has read it.") var again = false
    @Option(help: "Make passages durable after so many, and every minute.") var commitEvery = 50_000
    @Flag(help: "Print a line of JSON after each commit: how many passages of the input are durable.") var acknowledge =
        false
    @Flag(help: "Print the summary as JSON.") var json = false

    func validate() throws {
        guard commitEvery > 0 else { throw ValidationError("--commit-every must be at least 1, not \(commitEvery)") }
    }

    func run() throws {
        let configuration = try shared.configuration()
        let folder = try IndexFolder(name: index, in: configuration.indexes)
        let options = CorpusOptions(format: format)
        let fromStart = try CorpusReader(paths: corpus, options: options)
        // A file that cannot be read is reported in its turn; without a fingerprint there is just no going on later.
        let fingerprint = (try? fromStart.fingerprint()).flatMap { $0.isComplete ? $0 : nil }
        let loaded = try loadModels(folder, configuration)
        let settings = IndexSettings(
            models: loaded, analysis: analysis, codec: codec, dimension: dimension, splitsPassages: !noSplit,
            fields: declaredFields)
        if let dimension { _ = try PassageEncoder(models: loaded, dimension: dimension) }
        let writer = try IndexWriter(folder, settings: settings, models: loaded)
        guard
            fields == nil
                || Set(declaredFields.map { CodePoints($0) }) == Set(writer.settings.fields.map { CodePoints($0) })
        else {
            let known = writer.settings.fields.isEmpty ? "no fields" : writer.settings.fields.joined(separator: ",")
            throw ValidationError(
                "\(index) was made with \(known) for filters, which cannot be changed; leave out --fields")
        }

        let input = fingerprint.map { InputProgress(fingerprint: $0, format: format) }
        let known = again ? nil : try input.flatMap { try writer.progress(of: $0.fingerprint, format: format) }
        if let known, known.isDone { return try reportNothingToDo(known) }
        if let known { Terminal.complain(Self.words(ofGoingOn: known)) }
        let foldersBefore = try writer.sourceFolders()
        let reader = try known.map { try CorpusReader(paths: corpus, options: options, startingAt: $0.position) }
        var job = IndexingJob(
            reader: reader ?? fromStart, writer: writer, input: known ?? input, stopsAtErrors: onError == .fatal,
            limit: limit, rhythm: IndexingJob.Rhythm(passages: commitEvery),
            acknowledge: acknowledge ? { JSONOutput.writeLine(["durable": .integer(Int64($0))]) } : nil)
        try job.run()
        do {
            try PostingsBuilder(folder).buildWhereNeeded()
        } catch {
            // What was added is safe; searches answer without them.
            Terminal.complain(
                "BM25 is slower until `passerine compact --index \(index)` has built its postings: \(error)")
        }
        try report(job, writer)
        warnOfOtherFolders(foldersBefore, job, replaced: writer.summary.replaced)
        if let failure = job.failure { throw failure }
    }

    private static func words(ofGoingOn known: InputProgress) -> String {
        known.isVoid
            ? "reading this input again and adding what is missing or differs: since an earlier run passages were "
                + "deleted or replaced, or a part of it could not be read"
            : "going on after \(known.passages) passages of an earlier run"
    }

    /// A file's passages are called by its path below the folder that was given, so those of another folder may have had
    /// the same ids.
    private func warnOfOtherFolders(_ known: [String], _ job: IndexingJob, replaced: Int) {
        let others = known.filter { !job.folders.contains(CodePoints($0)) }
        guard replaced > 0, !job.folders.isEmpty, let other = others.last else { return }
        let more = others.count > 1 ? " and \(others.count - 1) more" : ""
        Terminal.complain(
            "\(replaced) passages took the place of ones with the same ids, and \(index) has passages of other folders "
                + "(\(Terminal.safe(other))\(more)): of files with the same path in both, the last indexed counts. "
                + "To keep both, give all folders in one command, or an index each")
    }

    private func reportNothingToDo(_ known: InputProgress) throws {
        if json {
            return JSONOutput.writeLine([
                "index": .string(index), "added": 0, "already": .integer(Int64(known.passages)),
            ])
        }
        print(
            "nothing to do: the \(known.passages) passages of this input are in \(index) already; --again indexes them anew"
        )
    }

    private var declaredFields: [String] {
        fields?.parts(between: ",", omittingEmptySubsequences: false).map(String.init) ?? []
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
            let fields: [CodePoints: JSONValue] = [
                "index": .string(index), "added": .integer(Int64(summary.added)),
                "replaced": .integer(Int64(summary.replaced)), "broken": .integer(Int64(job.broken)),
                "split": .integer(Int64(summary.split)), "cut": .integer(Int64(summary.cut)),
                "already": .integer(Int64(job.unchanged)), "pieces": .integer(Int64(summary.pieces)),
                "seconds": .number((seconds * 1000).rounded() / 1000),
                "interrupted": .bool(job.wasInterrupted),
            ]
            return JSONOutput.writeLine(fields)
        }
        var parts = ["\(summary.added) passages added to \(index) in \(Progress.duration(seconds))"]
        if summary.replaced > 0 { parts.append("\(summary.replaced) of them replaced one with the same id") }
        if job.unchanged > 0 { parts.append("\(job.unchanged) were there already") }
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
