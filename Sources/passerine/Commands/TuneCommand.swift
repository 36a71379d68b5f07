import ArgumentParser
import Evaluation
import Foundation
import Search

/// `passerine tune`: tries pipelines on judged queries and writes the best as a configuration file.
struct TuneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune", abstract: "Choose pipeline parameters on judged queries, by cross-validation.",
        discussion: """
            Every combination of the given values is tried. The figure to believe is the held-out one: each query measured \
            under the choice that was made without it.
            """)

    @OptionGroup var shared: SharedOptions
    @OptionGroup var models: ModelOptions
    @OptionGroup var judgements: JudgementOptions
    @Option(help: "Index to search.") var index: String
    @Option(help: "Measure to maximise.") var measure = "nDCG@10"
    @Option(help: "Values of k1.", transform: numbers) var k1: [Double] = [0.6, 0.9, 1.2]
    @Option(help: "Values of b.", transform: numbers) var b: [Double] = [0.3, 0.4, 0.75]
    @Option(help: "Numbers of candidates.", transform: counts) var candidates: [Int] = [1000]
    @Option(help: "How many TILDEv2 keeps; 0 leaves the stage out.", transform: counts) var tildev2Keep: [Int] = [200]
    @Option(help: "Weights of TILDEv2's score against BM25's; 1 replaces it.", transform: numbers)
    var tildev2Weight: [Double] = [1, 0.5]
    @Option(help: "How many ColBERT keeps; 0 leaves the stage out.", transform: counts) var colbertKeep: [Int] = [50]
    @Option(help: "Weights of ColBERT's score against those before; 1 replaces them.", transform: numbers)
    var colbertWeight: [Double] = [1, 0.85]
    @Option(help: "Weights of feedback's score against ColBERT's; 0 leaves the stage out.", transform: numbers)
    var feedbackWeight: [Double] = [0, 0.5]
    @Option(help: "Number of folds.") var folds = 5
    @Option(help: "Passages to retrieve for each query.") var k = 1000
    @Option(help: "Configuration file to write.") var output: String
    @Flag(help: "Print JSON.") var json = false

    static func numbers(_ text: String) throws -> [Double] {
        try text.split(separator: ",").map { part in
            guard let number = Double(part) else { throw ValidationError("\(part) is not a number") }
            return number
        }
    }

    static func counts(_ text: String) throws -> [Int] {
        try text.split(separator: ",").map { part in
            guard let number = Int(part), number >= 0 else { throw ValidationError("\(part) is not a whole number") }
            return number
        }
    }

    func run() throws {
        let inputs = try EvaluationInputs(judgements, measures: measure)
        guard let path = inputs.queries else { throw ValidationError("name the queries with --queries") }
        let texts = try Queries.reading(path).queries
        let engine = try OpenedIndex(name: index, configuration: shared.configuration(), models: models).engine
        let grid = PipelineGrid(
            k1: k1, b: b, candidates: candidates, tildeKeeps: tildev2Keep.filter { $0 > 0 },
            colbertKeeps: colbertKeep.filter { $0 > 0 }, tildeWeights: tildev2Weight, colbertWeights: colbertWeight,
            feedbackWeights: feedbackWeight)
        let pipelines = try grid.pipelines()
        let progress = Progress(unit: "pipelines")
        var values: [[Double]] = []
        var judged: [String] = []
        for (number, pipeline) in pipelines.enumerated() {
            let system = try PipelineRun(engine: engine, pipeline: pipeline, queries: texts, k: k, isQuiet: true)
                .system()
            let evaluated = EvaluatedRun(system.run, against: inputs.judgements, measures: inputs.measures)
            judged = evaluated.queries
            values.append(evaluated.values.first ?? [])
            progress.report(done: number + 1, fraction: Double(number + 1) / Double(pipelines.count))
        }
        progress.finish()
        let splits = CrossValidation.folds(of: judged, count: folds)
        guard let selection = CrossValidation.select(values: values, queries: judged, folds: splits) else {
            throw ValidationError("there is nothing to choose from: no pipeline or no judged query")
        }
        let chosen = pipelines[selection.best]
        try yaml(chosen, selection).write(toFile: output, atomically: true, encoding: .utf8)
        try report(chosen, selection, pipelines, queries: judged.count)
    }

    private struct Report: Encodable {
        let measure: String
        let queries: Int
        let pipeline: String
        let k1: Double
        let b: Double
        let selection: CrossValidation.Selection
    }

    private func report(
        _ chosen: Pipeline, _ selection: CrossValidation.Selection, _ pipelines: [Pipeline], queries: Int
    ) throws {
        if json {
            return try JSONOutput.write(
                Report(
                    measure: measure, queries: queries, pipeline: chosen.description, k1: chosen.bm25.k1,
                    b: chosen.bm25.b,
                    selection: selection))
        }
        print("tried \(pipelines.count) pipelines on \(queries) queries")
        print("best            \(chosen), k1 \(chosen.bm25.k1), b \(chosen.bm25.b)")
        print(
            "\(measure) held out  \(String(format: "%.4f", selection.heldOutMean)) (\(selection.choices.count) folds)")
        print(
            "\(measure) on all    \(String(format: "%.4f", selection.bestMean)) (flattered: chosen on the same queries)"
        )
        print("written to \(output)")
    }

    /// A configuration file that holds the pipeline alone.
    private func yaml(_ pipeline: Pipeline, _ selection: CrossValidation.Selection) -> String {
        var lines = [
            "# Chosen by passerine tune on \(index): \(measure) held out \(String(format: "%.4f", selection.heldOutMean)).",
            "pipeline:", "  candidates: {k: \(pipeline.candidates), k1: \(pipeline.bm25.k1), b: \(pipeline.bm25.b)}",
            pipeline.stages.isEmpty ? "  stages: []" : "  stages:",
        ]
        for stage in pipeline.stages {
            let combination =
                switch stage.combination {
                case .replace: ""
                case .reciprocalRank: ", combine: rrf"
                case .interpolate(let weight): ", combine: interpolate, weight: \(weight)"
                }
            lines.append("    - {stage: \(stage.method.rawValue), keep: \(stage.keep)\(combination)}")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
