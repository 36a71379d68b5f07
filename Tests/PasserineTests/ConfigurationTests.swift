import Foundation
import Search
import Testing

@Suite struct ConfigurationTests {
    /// What a search without an index says, which names the folder that the configuration chose.
    private func chosenFolder(
        _ yaml: String?, environment: [String: String] = [:], flags: [String] = []
    ) throws -> CommandLineRun {
        let work = try Workspace(yaml.map { ["passerine.yaml": $0] } ?? [:])
        let file = yaml == nil ? [] : ["--config", work["passerine.yaml"]]
        return try CommandLineRun(
            ["search", "--index", "x", "y"] + file + flags, environment: environment, folder: work.path)
    }

    @Test func flagsWinOverTheEnvironmentAndThatOverTheFile() throws {
        let file = "indexes: from-file\n"
        #expect(try chosenFolder(nil).errors.contains("indexes/x"))
        #expect(try chosenFolder(file).errors.contains("from-file/x"))
        let environment = ["PASSERINE_INDEXES": "from-environment"]
        #expect(try chosenFolder(file, environment: environment).errors.contains("from-environment/x"))
        let flagged = try chosenFolder(file, environment: environment, flags: ["--indexes", "from-flag"])
        #expect(flagged.errors.contains("from-flag/x"))
    }

    @Test(arguments: [
        ("indexs: x", "indexes"), ("server:\n  prot: 1", "server.port"), ("server:\n  port: many", "server.port"),
        ("pipeline: bm26", "bm26"), ("pipeline:\n  stages:\n    - {stage: none, keep: 1}", "pipeline.stages"),
        ("server:\n  log_level: loud", "server.log_level"), ("server:\n  insecure: perhaps", "server.insecure"),
        ("server:\n  cors: {origins: [example.org]}", "server.cors.origins"),
        ("server:\n  cors: {origin: []}", "origins"),
        ("- a list", "settings"), ("a: [", "YAML"), ("pipeline:\n  candidates: {k: 0}", "pipeline.candidates.k"),
    ])
    func wrongFilesAreRefusedInWords(yaml: String, named: String) throws {
        let run = try chosenFolder(yaml)
        #expect(run.status == 1)
        #expect(run.errors.contains(named), "\(run.errors)")
    }

    @Test func unknownVariablesAreRefused() throws {
        let run = try chosenFolder(nil, environment: ["PASSERINE_SERVER_PROT": "1"])
        #expect(run.status == 1 && run.errors.contains("PASSERINE_SERVER_PORT"))
    }

    @Test func theShippedFileIsValid() throws {
        let run = try CommandLineRun(["search", "--index", "absent", "y", "--config", "config/passerine.yaml"])
        #expect(run.status == 1 && run.errors.contains("absent"), "\(run.errors)")
    }

    /// Every command that is run in a checkout reads that file.
    @Test func theShippedFileStatesTheDefaultPipeline() throws {
        let work = try Workspace(["corpus.tsv": "a\tDraws diagrams.\nb\tScans ports.", "empty.yaml": ""])
        let place = ["--index", "demo", "--indexes", work["indexes"]]
        let indexed = try CommandLineRun(["index", work["corpus.tsv"]] + place)
        #expect(indexed.status == 0, "\(indexed.errors)")
        let pipelines = try ["config/passerine.yaml", work["empty.yaml"]].map { file in
            try CommandLineRun(["search", "diagrams", "--config", file] + place).json["pipeline"]?.stringValue
        }
        #expect(pipelines == [Pipeline.standard.description, Pipeline.standard.description])
    }
}
