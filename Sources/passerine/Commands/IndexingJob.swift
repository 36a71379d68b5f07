import Corpus
import Foundation
import JSON
import PassageIndex

/// Reads a corpus to its end: batches by token budget, commits from time to time, reports.
struct IndexingJob {
    /// How often what is read becomes durable.
    struct Rhythm {
        /// A commit makes a segment, so not too many of them; and what is not committed is done again after a crash, so
        /// not too few.
        var passages = 50_000
        var time = Duration.seconds(60)
    }

    /// Pieces that are encoded in one go: enough that the team's threads end a batch together.
    private static let piecesPerBatch = 32_768
    private static let passagesPerBatch = 4096
    /// Broken passages that are shown one by one.
    private static let shownProblems = 20

    let reader: CorpusReader
    let writer: IndexWriter
    let stopsAtErrors: Bool
    let limit: Int?
    let rhythm: Rhythm
    /// What a machine is told after each commit: the passages of the input that are durable.
    let acknowledge: ((Int) -> Void)?
    let progress = Progress(unit: "passages")
    private(set) var broken = 0
    /// Passages that were there already as the input has them.
    private(set) var unchanged = 0
    private(set) var wasInterrupted = false
    /// The problem that ended the job early, or because of which the input cannot be said to have been read.
    private(set) var failure: (any Error)?
    /// Files that could not be read, or not to their end.
    private var losses = 0
    /// Ids of passages that were added since the last commit, which the catalogue does not know yet.
    private var added: Set<CodePoints> = []
    /// What the paths in the ids of this run's passages are relative to.
    private(set) var folders: Set<CodePoints> = []
    /// How far the input is, `nil` for one that cannot be told from another, such as standard input.
    private var input: InputProgress?
    private var read: Int
    private let readBefore: Int
    /// Whether passages that are there as the input has them are passed over.
    private let comparesPassages: Bool
    private let fractionBefore: Double
    private var lastCommit = ContinuousClock.now

    /// - Parameter input: where the job goes on; the reader stands there.
    init(
        reader: CorpusReader, writer: IndexWriter, input: InputProgress?, stopsAtErrors: Bool, limit: Int?,
        rhythm: Rhythm, acknowledge: ((Int) -> Void)?
    ) {
        self.reader = reader
        self.writer = writer
        self.input = input
        self.stopsAtErrors = stopsAtErrors
        self.limit = limit
        self.rhythm = rhythm
        self.acknowledge = acknowledge
        comparesPassages = input?.isVoid ?? false
        readBefore = input?.passages ?? 0
        read = readBefore
        fractionBefore = reader.progress.fraction ?? 0
    }

    mutating func run() throws {
        Interruption.watch()
        var batch: [IndexWriter.Prepared] = []
        var pieces = 0
        var isDone = false
        reading: while read < limit ?? .max {
            if Interruption.isRequested {
                wasInterrupted = true
                break
            }
            guard let (event, position) = next() else {
                isDone = true
                break
            }
            switch event {
            case .broken(let error):
                note(error)
                // The place before it is kept, so that the next run meets it again.
                if failure != nil { break reading }
                input?.position = position
            case .passage(let passage, _):
                read += 1
                input?.position = position
                if let folder = reader.base { folders.insert(CodePoints(folder)) }
                if try passesOver(passage) { continue }
                let prepared = writer.prepare(passage)
                batch.append(prepared)
                pieces += prepared.pieces
                guard pieces >= Self.piecesPerBatch || batch.count >= min(Self.passagesPerBatch, rhythm.passages) else {
                    continue
                }
                try writer.add(batch)
                batch = []
                pieces = 0
                report()
                if writer.pendingCount >= rhythm.passages || ContinuousClock.now - lastCommit >= rhythm.time {
                    try commit()
                }
            }
        }
        try writer.add(batch)
        input?.isDone = isDone
        if failure == nil, losses > 0 || (isDone && read == 0 && broken > 0) {
            failure = IndexingFailure(losses: losses, broken: broken)
        }
        try commit()
        report(force: true)
        progress.finish()
        if broken > Self.shownProblems { Terminal.complain("… and \(broken - Self.shownProblems) more like these") }
    }

    /// What the corpus brings next, and the place after it.
    private func next() -> (CorpusEvent, CorpusPosition)? { reader.next().map { ($0, reader.position) } }

    /// Whether a passage is there already and nothing that waits for a commit changes that.
    private mutating func passesOver(_ passage: Passage) throws -> Bool {
        guard comparesPassages else { return false }
        let id = CodePoints(passage.id)
        if !added.contains(id), try writer.holds(passage) {
            unchanged += 1
            return true
        }
        added.insert(id)
        return false
    }

    private mutating func commit() throws {
        let read = read
        input?.passages = read
        var progress = input
        // The next run meets what could not be read, and what was around it, again.
        if losses > 0 || failure is IndexingFailure { progress?.void() }
        try writer.commit(progress: progress, folders: folders.map(\.text).sorted())
        lastCommit = .now
        added = []
        acknowledge?(read)
    }

    private mutating func note(_ error: CorpusError) {
        broken += 1
        losses += error.isLoss ? 1 : 0
        if stopsAtErrors {
            failure = error
        } else if broken <= Self.shownProblems {
            progress.finish()
            Terminal.complain("\(error); left out")
        }
    }

    private func report(force: Bool = false) {
        let rate = Double(writer.summary.pieces) / max(1e-3, progress.seconds)
        // Rate and time left are those of this run, whatever an earlier one has done.
        let fraction = reader.progress.fraction.map { ($0 - fractionBefore) / max(1e-9, 1 - fractionBefore) }
        progress.report(
            done: read - readBefore, fraction: fraction, extra: writer.summary.pieces > 0 ? [("pieces", rate)] : [],
            force: force)
    }
}

/// Why an input that was gone through to its end counts as not read; what went wrong with each part was reported.
struct IndexingFailure: Error, CustomStringConvertible {
    let losses: Int
    let broken: Int

    var description: String {
        guard losses > 0 else {
            return "nothing was added: \(broken == 1 ? "the one passage" : "all \(broken) passages") of the input "
                + "\(broken == 1 ? "is" : "are") broken"
        }
        let files = losses == 1 ? "a part of the input" : "\(losses) parts of the input"
        return "\(files) could not be read, or not to the end; what could be is indexed. "
            + "Run the same command again when that is mended"
    }
}
