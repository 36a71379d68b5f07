import ArgumentParser
import Evaluation
import Foundation

extension Queries {
    /// Reads a file of queries and says what is odd about it.
    static func reading(_ path: String) throws -> Queries {
        let queries = try Queries(path: path)
        for warning in queries.warnings { Terminal.complain("\(warning)") }
        return queries
    }
}

/// What an evaluation is made against; shared by `evaluate` and `tune`.
struct JudgementOptions: ParsableArguments {
    @Option(help: "Queries: id<TAB>text, or BEIR JSONL.") var queries: String?
    @Option(help: "Relevance judgements (TREC, MS MARCO or BEIR).") var qrels: String?
    @Option(help: "Known data set (msmarco-dev, dl19, dl20), or a BEIR folder: sets files, measures and threshold.")
    var dataset: String?
    @Option(help: ArgumentHelp("Folder with the known data set's files.", valueName: "dir")) var data: String?
    @Option(help: "Lowest grade that counts as relevant in the measures.") var relevance: Int?
}

/// Judgements, queries and measures of an evaluation, from flags or from a data set's preset.
struct EvaluationInputs {
    let judgements: Qrels
    /// Path of the queries, where there is one.
    let queries: String?
    let measures: [Measure]

    /// - Parameter wanted: measures as ir_measures writes them; the data set's or the customary ones where `nil`.
    init(_ options: JudgementOptions, measures wanted: String?) throws {
        var qrels = options.qrels
        var queries = options.queries
        var measures = try wanted.map(Measure.list) ?? Measure.customary()
        if let dataset = options.dataset {
            let (preset, folder) = try DatasetPreset.resolve(dataset)
            if let folder = folder ?? options.data {
                let files = try preset.files(in: folder)
                qrels = qrels ?? files.qrels
                queries = queries ?? files.queries
            }
            if wanted == nil { measures = preset.measures }
        }
        if let relevance = options.relevance {
            measures = try measures.map { try $0.withRelevance(atLeast: relevance) }
        }
        guard let qrels else {
            throw ValidationError("name the relevance judgements with --qrels, or a data set with --dataset and --data")
        }
        judgements = try Qrels(path: qrels)
        self.queries = queries
        self.measures = measures
    }
}
