import ArgumentParser
import Evaluation
import Foundation

/// Judgements, queries and measures of an evaluation, from flags or from a data set's preset.
struct EvaluationInputs {
    let judgements: Qrels
    /// Path of the queries, where there is one.
    let queries: String?
    let measures: [Measure]

    init(_ command: EvaluateCommand) throws {
        var qrels = command.qrels
        var queries = command.queries
        var standard = Self.standardMeasures(relevance: command.relevance)
        if let dataset = command.dataset {
            let (preset, folder) = try DatasetPreset.resolve(dataset)
            if let folder {
                let files = try preset.files(in: folder)
                qrels = qrels ?? files.qrels
                queries = queries ?? files.queries
            }
            if command.relevance == nil { standard = preset.measures.map(\.description).joined(separator: " ") }
        }
        guard let qrels else { throw ValidationError("name the relevance judgements with --qrels") }
        judgements = try Qrels(path: qrels)
        self.queries = queries
        measures = try Measure.list(command.measures ?? standard)
    }

    private static func standardMeasures(relevance: Int?) -> String {
        let threshold = relevance.map { "(rel=\($0))" } ?? ""
        return "nDCG@10 RR\(threshold)@10 AP\(threshold) R\(threshold)@50 R\(threshold)@100 R\(threshold)@200 "
            + "R\(threshold)@1000"
    }
}
