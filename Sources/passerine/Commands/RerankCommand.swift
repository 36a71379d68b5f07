import ArgumentParser
import Corpus
import Evaluation
import Foundation
import JSON
import Search

/// `passerine rerank`: ranks a run's passages again, without an index.
struct RerankCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerank", abstract: "Re-rank a candidate list without an index.")

    @OptionGroup var shared: SharedOptions
    @OptionGroup var models: ModelOptions
    @Option(name: .customLong("run"), help: "Run with the candidates (TREC or MS MARCO).") var runFile: String
    @Option(help: "Collection that holds the candidates' texts.") var collection: String
    @Option(help: "Queries: id<TAB>text, or BEIR JSONL.") var queries: String
    @Option(help: "Stages, such as tildev2:50,colbert; what a stage does not keep follows behind.")
    var stages = Pipeline.standard.stages.map(\.description).joined(separator: ",")
    @Option(help: "Run to write.") var output: String
    @Option(help: "Format of the run to write: trec or msmarco.") var runFormat: Evaluation.Run.Format = .trec

    func run() throws {
        let configuration = try shared.configuration()
        let pipeline = try Pipeline(parsing: stages)
        let candidates = try Evaluation.Run(path: runFile)
        let texts = try Queries.reading(queries).texts
        var folders = models.folders(configuration)
        if !pipeline.uses(.crossEncoder) { folders.crossEncoder = nil }
        let reranker = try Reranker(models: ModelLocation.models(folders))
        let progress = Progress(unit: "passages")
        let encoded = try encode(candidates, with: reranker, progress)
        var rankings: [(query: String, hits: [Evaluation.Run.Hit])] = []
        for query in candidates.queries {
            guard let text = texts[CodePoints(query)] else {
                throw ConfigurationError("\(queries): lacks the query \(query), which \(runFile) has candidates for")
            }
            let hits = candidates.hits(of: query)
            let ranked = try reranker.rank(
                query: text, passages: hits.compactMap { encoded[CodePoints($0.docno)] }, scores: hits.map(\.score),
                stages: pipeline.stages)
            rankings.append((query, Self.hits(ranked, of: hits)))
        }
        progress.finish()
        try Evaluation.Run(name: stages, rankings: rankings).write(to: output, format: runFormat)
    }

    /// Encodes every passage that some query needs, once.
    private func encode(
        _ candidates: Evaluation.Run, with reranker: Reranker, _ progress: Progress
    ) throws -> [CodePoints: Reranker.EncodedPassage] {
        let needed = Set(candidates.queries.flatMap { candidates.hits(of: $0).map { CodePoints($0.docno) } })
        var encoded: [CodePoints: Reranker.EncodedPassage] = [:]
        let reader = try CorpusReader(paths: [collection])
        var batch: [Passage] = []
        func flush() throws {
            for (passage, data) in zip(batch, try reranker.encode(batch.map(\.text))) {
                encoded[CodePoints(passage.id)] = data
            }
            batch = []
            progress.report(done: encoded.count, fraction: Double(encoded.count) / Double(max(1, needed.count)))
        }
        while let event = reader.next() {
            switch event {
            case .broken(let error): throw error
            case .passage(let passage, _):
                guard needed.contains(CodePoints(passage.id)) else { continue }
                batch.append(passage)
                if batch.count == 256 { try flush() }
            }
        }
        try flush()
        progress.finish()
        if let missing = needed.first(where: { encoded[$0] == nil }) {
            throw ConfigurationError("\(collection): lacks the passage \(missing), which \(runFile) names")
        }
        return encoded
    }

    /// Scores that fall from first to last; see `PipelineRun.runHits`.
    private static func hits(
        _ ranked: [(index: Int, score: Double, stages: Int)], of hits: [Evaluation.Run.Hit]
    ) -> [Evaluation.Run.Hit] {
        PipelineRun.descending(ranked.map { (hits[$0.index].docno, $0.score, $0.stages) })
    }
}
