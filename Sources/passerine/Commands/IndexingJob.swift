import Corpus
import Foundation
import PassageIndex

/// Reads a corpus to its end: batches by token budget, commits from time to time, reports.
struct IndexingJob {
    /// Pieces that are encoded in one go: enough that the team's threads end a batch together.
    private static let piecesPerBatch = 32_768
    private static let passagesPerBatch = 4096
    /// A commit makes a segment, so not too many of them; and what is not committed is lost in a crash, so not too few.
    private static let passagesPerCommit = 50_000
    private static let secondsPerCommit = 60.0
    /// Broken passages that are shown one by one.
    private static let shownProblems = 20

    let reader: CorpusReader
    let writer: IndexWriter
    let stopsAtErrors: Bool
    let limit: Int?
    let progress = Progress(unit: "passages")
    private(set) var broken = 0
    private(set) var wasInterrupted = false
    /// The problem that ended the job early.
    private(set) var failure: (any Error)?

    init(reader: CorpusReader, writer: IndexWriter, stopsAtErrors: Bool, limit: Int?) {
        self.reader = reader
        self.writer = writer
        self.stopsAtErrors = stopsAtErrors
        self.limit = limit
    }

    mutating func run() throws {
        Interruption.watch()
        var batch: [IndexWriter.Prepared] = []
        var pieces = 0
        var read = 0
        var lastCommit = Date()
        while failure == nil, read < limit ?? .max {
            if Interruption.isRequested {
                wasInterrupted = true
                break
            }
            guard let event = reader.next() else { break }
            switch event {
            case .broken(let error): note(error)
            case .passage(let passage, _):
                read += 1
                let prepared = writer.prepare(passage)
                batch.append(prepared)
                pieces += prepared.pieces
                guard pieces >= Self.piecesPerBatch || batch.count >= Self.passagesPerBatch else { continue }
                try writer.add(batch)
                batch = []
                pieces = 0
                report(done: read)
                if writer.pendingCount >= Self.passagesPerCommit
                    || Date().timeIntervalSince(lastCommit) >= Self.secondsPerCommit
                {
                    try writer.commit()
                    lastCommit = Date()
                }
            }
        }
        try writer.add(batch)
        try writer.commit()
        report(done: read, force: true)
        progress.finish()
        if broken > Self.shownProblems { Terminal.complain("… and \(broken - Self.shownProblems) more like these") }
    }

    private mutating func note(_ error: CorpusError) {
        broken += 1
        if stopsAtErrors {
            failure = error
        } else if broken <= Self.shownProblems {
            progress.finish()
            Terminal.complain("\(error); left out")
        }
    }

    private func report(done: Int, force: Bool = false) {
        let rate = Double(writer.summary.pieces) / max(1e-3, progress.seconds)
        progress.report(
            done: done, fraction: reader.progress.fraction, extra: writer.summary.pieces > 0 ? [("pieces", rate)] : [],
            force: force)
    }
}
