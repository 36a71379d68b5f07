import Evaluation
import Foundation
import Search

/// Searches with every query by one pipeline and keeps hits and times.
struct PipelineRun {
    let engine: SearchEngine
    let pipeline: Pipeline?
    let queries: [Queries.Query]
    let k: Int
    /// Whether progress is left to the caller.
    var isQuiet = false

    func system() throws -> Comparison.System {
        let progress = Progress(unit: "queries")
        let used = pipeline ?? engine.standardPipeline
        var rankings: [(query: String, hits: [Run.Hit])] = []
        let stages = ["bm25"] + used.stages.map(\.method.rawValue)
        var milliseconds = [[Double]](repeating: [], count: stages.count)
        for (number, query) in queries.enumerated() {
            let response = try engine.search(SearchRequest(query.text, k: k, pipeline: used, includesText: false))
            rankings.append((query.id, Self.runHits(response.hits)))
            for (position, stage) in stages.enumerated() {
                milliseconds[position].append(response.milliseconds.first { $0.stage == stage }?.time ?? 0)
            }
            if !isQuiet { progress.report(done: number + 1, fraction: Double(number + 1) / Double(queries.count)) }
        }
        progress.finish()
        let settings = engine.reader.settings
        let models = ["colbert": settings.colbert, "tildev2": settings.tildev2].compactMapValues { $0?.fingerprint }
        return Comparison.System(
            try Run(name: used.description, rankings: rankings),
            latencies: Latencies(stages: stages, milliseconds: milliseconds),
            provenance: Provenance(
                version: Passerine.version, index: engine.reader.folder.path,
                indexFingerprint: try engine.reader.fingerprint(), models: models,
                pipeline: used.description,
                machine: Machine.description, date: ISO8601DateFormatter().string(from: Date())))
    }

    private static func runHits(_ hits: [Hit]) -> [Run.Hit] { descending(hits.map { ($0.id, $0.score, $0.stages) }) }

    /// Hits with scores that fall from first to last, as a run file needs them: what a stage left behind follows below
    /// everything that it kept, each group shifted under the one before.
    static func descending(_ ranking: [(id: String, score: Double, stages: Int)]) -> [Run.Hit] {
        var shift = 0.0
        var previous: (score: Double, stages: Int)?
        return ranking.map { id, score, stages in
            if let previous, previous.stages != stages { shift = min(0, previous.score + shift - score - 1) }
            previous = (score, stages)
            return Run.Hit(docno: id, score: score + shift)
        }
    }
}
