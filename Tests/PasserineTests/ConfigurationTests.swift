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

    /// Names that are no texts, values that programs read differently, and structures that stand for more than they are.
    @Test(arguments: [
        ("? [server]\n: 1\n", "line 1", "a list is no name"), ("\n? {a: b}\n: c\n", "line 2", "a mapping is no name"),
        ("indexes: {{ folder }}\n", "line 1", "a mapping is no name"), ("? - a\n: c\n", "line 1", "a list is no name"),
        ("~: c\n", "line 1", "~ is no name"), ("2: c\n", "line 1", "2 is no name"),
        ("on: c\n", "line 1", "on is no name"),
        ("2024-02-30: c\n", "line 1", "is no name"), ("!!binary aGk=: c\n", "line 1", "aGk= is no name"),
        ("server:\n  port: 1\n  ? [port]\n  : 2\n", "line 3", "server: a list is no name"),
        ("!!set {indexes}\n", "line 1", "set is not read"), ("indexes: !own x\n", "line 1", "indexes: the tag !own"),
        ("indexes: &a [x]\n*a : c\n", "line 1", "a list is no name"),
        ("<<: {indexes: a}\n", "line 1", "<< is no name"),
        ("indexes: a\nindexes: b\n", "line", "indexes stands twice"),
        ("server:\n  port: 1\nserver.port: 2\n", "line", "server.port is stated twice"),
        ("indexes: a\n---\nindexes: b\n", "line 2", "another document"), ("indexes: *b\n", "line 1", "undefined alias"),
        ("server:\n  port: 9223372036854775808\n", "line 2", "server.port is 9.2"),
        ("server:\n  port: -1\n", "line 2", "server.port is -1"),
        ("server:\n  port: 1e3\n", "line 2", "server.port is 1000"),
        ("server:\n  port: 1:2:3:4:5:6:7:8:9:10:11:12:13\n", "line 2", "programs read differently"),
        ("server:\n  port: 0x1F90\n", "line 2", "programs read differently"),
        ("server:\n  port: [1]\n", "line 2", "server.port is a list"),
        ("server:\n  idle_seconds: 99999999999\n", "line 2", "a whole number from 1 to 86400"),
        ("server:\n  anonymous_rate: .nan\n", "line 2", "server.anonymous_rate is nan"),
        ("server:\n  anonymous_rate: -.inf\n", "line 2", "server.anonymous_rate is -inf"),
        ("pipeline:\n  candidates: {k1: 1e400}\n", "line 2", "pipeline.candidates.k1 is inf"),
        ("pipeline:\n  stages: [{stage: colbert, keep: 1, weight: .nan, combine: interpolate}]", "line 2", "a weight"),
        ("pipeline:\n  stages: [{stage: colbert, keep: 1, kept: 2}]", "line 2", "stages[0].kept is no part"),
        ("indexes: \"a\\0b\"\n", "line 1", "must be a text"), ("srever:\n", "line 1", "srever is no setting"),
        ("indexes: \u{1}\n", "YAML", "control characters"), ("- 1\n- 2\n", "settings", "by name"),
    ])
    func faultyFilesAreRefusedWithTheirLine(yaml: String, place: String, words: String) throws {
        let run = try chosenFolder(yaml)
        #expect(run.status == 1)
        for part in ["passerine.yaml", place, words] { #expect(run.errors.contains(part), "\(run.errors)") }
    }

    @Test func aliasesThatStandForBillionsOfValuesAreRefused() throws {
        var lines = ["a: &a [x, x, x, x, x, x, x, x]"]
        for (name, before) in zip("bcdefghi", "abcdefgh") {
            let repeated = Array(repeating: "*\(before)", count: 8).joined(separator: ", ")
            lines.append("\(name): &\(name) [\(repeated)]")
        }
        // As a value and as a name, whose sameness with others would have to be looked into.
        for yaml in [lines, lines + ["? *i\n: x"]] {
            let run = try chosenFolder(yaml.joined(separator: "\n"))
            #expect(run.status == 1 && run.errors.contains("more than 8 aliases"), "\(run.errors)")
        }
        // Few aliases may stand for much as well.
        let many = Array(repeating: "x", count: 3000).joined(separator: ",")
        let few = try chosenFolder("a: &a [\(many)]\nb: [*a, *a, *a]\n")
        #expect(few.status == 1 && few.errors.contains("more than 10000 values"), "\(few.errors)")
        let used = try chosenFolder(
            "indexes: &x shared\nmodels: {colbert: *x}\n# *not* *a* *b* *c* *d* *e* *f* *g* *h*\n")
        #expect(used.errors.contains("shared/x"), "\(used.errors)")
    }

    @Test func deepAndHugeFilesAreRefused() throws {
        for depth in [17, 900, 20_000] {
            let deep = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            let run = try chosenFolder("indexes: \(deep)\n")
            #expect(run.status == 1 && run.errors.contains("passerine.yaml"), "\(run.errors)")
        }
        let huge = try chosenFolder("indexes: a\n" + String(repeating: "# much\n", count: 10_000))
        #expect(huge.status == 1 && huge.errors.contains("more than 65536 bytes"), "\(huge.errors)")
    }

    @Test func aMarkBeforeTheFirstLineIsNoPartOfAName() throws {
        #expect(try chosenFolder("\u{FEFF}indexes: marked\n").errors.contains("marked/x"))
        #expect(try chosenFolder("").errors.contains("indexes/x"))
        #expect(try chosenFolder("server:\nindexes: \"yes\"\n").errors.contains("yes/x"))
    }

    @Test func variablesAreReadInOrderAndNeverTrap() throws {
        for (name, value, words) in [
            ("PASSERINE_SERVER_PORT", "99999999999999999999", "a whole number"),
            ("PASSERINE_SERVER_QUEUE", "-1", "a whole"),
            ("PASSERINE_SERVER_ANONYMOUS_RATE", "nan", "a number from"),
            ("PASSERINE_SERVER_ANONYMOUS_RATE", "1e999", "a number from"), ("PASSERINE_INDEXES", "", "a text"),
            ("PASSERINE_PIPELINE_STAGES", "colbert:0", "keep"), ("PASSERINE_SERVER_CORS_ORIGINS", "x", "origins"),
        ] {
            let run = try chosenFolder(nil, environment: [name: value])
            #expect(run.status == 1 && run.errors.contains(name) && run.errors.contains(words), "\(run.errors)")
        }
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
