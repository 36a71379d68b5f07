import ArgumentParser
import Evaluation
import Foundation
import JSON
import Search

/// `passerine evaluate`: measures run files, or searches an index with each query and measures that.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a run, or an index's answers, against relevance judgements.",
        discussion: """
            With --index every query is searched, and --run names the run file to write. Without, --run names the run to \
            measure. Several --run or --pipeline are compared: confidence intervals, paired t-test and randomisation \
            test with Holm's correction against the first, and the queries that moved most.
            """)

    @OptionGroup var shared: SharedOptions
    @OptionGroup var models: ModelOptions
    @Option(help: "Index to search.") var index: String?
    @OptionGroup var judgements: JudgementOptions
    @Option(name: .customLong("run"), help: "Run to measure, or with --index to write (TREC or MS MARCO format).")
    var runFiles: [String] = []
    @Option(help: "Pipeline to search with.") var pipeline: [Pipeline] = []
    @Option(help: "Measures as ir_measures writes them, such as nDCG@10,AP(rel=2).") var measures: String?
    @Option(help: "Passages to retrieve for each query.") var k = 1000
    @Option(help: "Format of the run file to write: trec or msmarco.") var runFormat: Evaluation.Run.Format = .trec
    @Flag(help: "Give each query's values too.") var perQuery = false
    @Option(help: "Write a comparison to this .html, .md, .tex or .json file.") var report: [String] = []
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        guard index != nil || !runFiles.isEmpty else {
            throw ValidationError("name a run to measure with --run, or an index with --index")
        }
        let inputs = try EvaluationInputs(judgements, measures: measures)
        let systems = try index.map { try searched($0, inputs) } ?? measured()
        if systems.count > 1 || !report.isEmpty {
            try compare(systems, inputs)
        } else if let system = systems.first {
            try show(system, inputs)
        }
    }

    /// The runs that are files already.
    private func measured() throws -> [Comparison.System] {
        guard pipeline.isEmpty else { throw ValidationError("--pipeline needs --index") }
        return try runFiles.map { Comparison.System(try Evaluation.Run(path: $0)) }
    }

    /// The index's answers by each pipeline.
    private func searched(_ index: String, _ inputs: EvaluationInputs) throws -> [Comparison.System] {
        guard let path = inputs.queries else { throw ValidationError("--index needs --queries") }
        let pipelines: [Pipeline?] = pipeline.isEmpty ? [nil] : pipeline.map { $0 }
        guard runFiles.isEmpty || runFiles.count == pipelines.count else {
            throw ValidationError("\(pipelines.count) pipelines but \(runFiles.count) run files to write")
        }
        let engine = try OpenedIndex(name: index, configuration: shared.configuration(), models: models).engine
        let queries = try Queries.reading(path)
        return try pipelines.enumerated().map { number, pipeline in
            let system = try PipelineRun(engine: engine, pipeline: pipeline, queries: queries.queries, k: k).system()
            if number < runFiles.count { try system.run.write(to: runFiles[number], format: runFormat) }
            return system
        }
    }

    private func show(_ system: Comparison.System, _ inputs: EvaluationInputs) throws {
        let evaluated = EvaluatedRun(system.run, against: inputs.judgements, measures: inputs.measures)
        let report = EvaluationReport(
            evaluated, run: system.run, qrels: inputs.judgements, perQuery: perQuery, provenance: system.provenance)
        if json {
            guard case .object(var members) = try report.json() else { return }
            if let latencies = system.latencies {
                members["milliseconds"] = JSONValue(
                    members: try latencies.summaries.map { ($0.stage, try JSONValue(encoding: $0)) })
            }
            return JSONOutput.writeLine(members)
        }
        for warning in report.warnings { Terminal.complain("\(warning)") }
        print("\(report.run): \(report.queries) judged queries, \(report.answered) answered")
        for (measure, mean) in zip(evaluated.measures, evaluated.means) {
            print(measure.description.padding(toLength: 18, withPad: " ", startingAt: 0) + String(format: "%.4f", mean))
        }
        for summary in system.latencies?.summaries ?? [] {
            let figures = String(
                format: "mean %.2f  p50 %.2f  p95 %.2f  p99 %.2f ms", summary.mean, summary.p50, summary.p95,
                summary.p99)
            print(summary.stage.padding(toLength: 18, withPad: " ", startingAt: 0) + figures)
        }
        guard perQuery else { return }
        for (query, values) in (report.perQuery ?? [:]).sorted(by: { $0.key < $1.key }) {
            let columns = evaluated.measures.map { String(format: "%.4f", values[$0.description] ?? 0) }
            print("\(query.text)\t\(columns.joined(separator: "\t"))")
        }
    }

    private func compare(_ systems: [Comparison.System], _ inputs: EvaluationInputs) throws {
        let texts = try inputs.queries.map { try Queries(path: $0).texts } ?? [:]
        let comparison = try Comparison(
            systems: systems, qrels: inputs.judgements, measures: inputs.measures, queryTexts: texts
        ).report
        for path in report {
            let content =
                switch URL(fileURLWithPath: path).pathExtension {
                case "html": Data(comparison.html().utf8)
                case "md": Data(comparison.markdown().utf8)
                case "tex": Data(comparison.latex().utf8)
                case "json": try comparison.json()
                default: throw ValidationError("--report \(path): the name must end in .html, .md, .tex or .json")
                }
            try content.write(to: URL(fileURLWithPath: path))
        }
        if json {
            print(String(decoding: try comparison.json(), as: UTF8.self))
        } else {
            print(comparison.markdown())
        }
    }
}

extension Evaluation.Run.Format: ExpressibleByArgument {}
