import Corpus
import Foundation
import Testing

@Suite struct ServeCommandTests {
    /// A folder with a small index.
    private func place() throws -> Workspace {
        let work = try Workspace(["corpus.tsv": "a\ta red apple\nb\ta green pear\n"])
        let made = try CommandLineRun([
            "index", "--index", "fruit", "--lexical-only", work["corpus.tsv"], "--indexes", work["indexes"],
        ])
        #expect(made.status == 0)
        return work
    }

    @Test func servesAndStopsWithStatusZero() throws {
        let work = try place()
        let server = try BackgroundServer(["--indexes", work["indexes"], "--socket", work["s"]])
        let address = try server.address()
        #expect(try BackgroundServer.eventually(200, [address + "/readyz"]))
        #expect(try BackgroundServer.ask([address + "/v1/indexes/fruit/search", "-d", #"{"query": "apple"}"#]) == 200)
        #expect(try BackgroundServer.ask(["--unix-socket", work["s"], "http://x/v1/indexes"]) == 200)
        #expect(try BackgroundServer.ask([address + "/v1/info"]) == 200)
        let line = try #require(server.line(saying: "request"))
        #expect(line["route"] == "/readyz" && line["level"] != nil && line["id"] != nil)
        #expect(!"\(server.log)".contains("apple"))
        server.signal(SIGTERM)
        #expect(server.status() == 0)
        #expect(server.line(saying: "stopped") != nil)
        #expect(!FileManager.default.fileExists(atPath: work["s"]))
    }

    @Test func othersAreNotLetInWithoutKeys() throws {
        let work = try Workspace()
        let refused = try CommandLineRun(["serve", "--host", "0.0.0.0", "--port", "0", "--indexes", work.path])
        #expect(refused.status == 1)
        for word in ["0.0.0.0", "keys create", "--insecure"] { #expect(refused.errors.contains(word)) }
        let missing = try CommandLineRun(["serve", "--port", "0", "--keys", work["keys.json"], "--indexes", work.path])
        #expect(missing.status == 1 && missing.errors.contains("keys.json"))
        let nowhere = try CommandLineRun(["serve", "--host", "none", "--indexes", work.path])
        #expect(nowhere.status == 1 && nowhere.errors.contains("server.socket"))
        let insecure = try BackgroundServer(["--host", "0.0.0.0", "--insecure", "--indexes", work.path])
        #expect(insecure.line(saying: "there are no keys") != nil)
        insecure.signal(SIGINT)
        #expect(insecure.status() == 0)
    }

    @Test func hangUpLoadsKeysAndIndexesAgain() throws {
        let work = try place()
        let keys = ["--keys", work["keys.json"]]
        let first = try CommandLineRun(["keys", "create", "--role", "search"] + keys)
        #expect(first.status == 0)
        let secret = first.output.trimmingCharacters(in: .whitespacesAndNewlines)
        let server = try BackgroundServer(["--indexes", work["indexes"]] + keys)
        let address = try server.address()
        func status(_ path: String, _ secret: String) throws -> Int {
            try BackgroundServer.ask([address + path, "-H", "Authorization: Bearer \(secret)"])
        }
        #expect(try BackgroundServer.eventually(200, [address + "/readyz"]))
        #expect(try status("/v1/indexes", secret) == 200 && status("/v1/indexes", "x") == 401)

        // A faulty file is said, and the keys stay.
        let sound = try String(contentsOfFile: work["keys.json"], encoding: .utf8)
        try "{".write(toFile: work["keys.json"], atomically: true, encoding: .utf8)
        server.signal(SIGHUP)
        #expect(server.line(saying: "the keys stay as they were") != nil)
        #expect(try status("/v1/indexes", secret) == 200)

        try sound.write(toFile: work["keys.json"], atomically: true, encoding: .utf8)
        let second = try CommandLineRun(["keys", "create", "--name", "scoped", "--index", "other"] + keys)
        #expect(try CommandLineRun(["keys", "revoke", "search-1"] + keys).status == 0)
        let other = second.output.trimmingCharacters(in: .whitespacesAndNewlines)
        server.signal(SIGHUP)
        #expect(server.line(saying: "loaded again: 1 keys") != nil)
        #expect(try status("/v1/indexes", secret) == 401 && status("/v1/indexes", other) == 200)
        #expect(try status("/v1/indexes/fruit", other) == 403)
        server.signal(SIGTERM)
        #expect(server.status() == 0)
    }

    @Test func aRevokedKeyIsRefusedBesideADamagedIndex() throws {
        let work = try place()
        let keys = ["--keys", work["keys.json"]]
        let secrets = try ["leaving", "staying"].map { name in
            let made = try CommandLineRun(["keys", "create", "--role", "search", "--name", name] + keys)
            return made.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let server = try BackgroundServer(["--indexes", work["indexes"]] + keys)
        let address = try server.address()
        func status(_ secret: String) throws -> Int {
            try BackgroundServer.ask([address + "/v1/indexes/fruit", "-H", "Authorization: Bearer \(secret)"])
        }
        #expect(try BackgroundServer.eventually(200, [address + "/readyz"]))
        #expect(try secrets.map(status) == [200, 200])
        try Data(repeating: 7, count: 20_000).write(
            to: URL(fileURLWithPath: work["indexes"] + "/fruit/catalogue.sqlite"), options: .atomic)
        #expect(try CommandLineRun(["keys", "revoke", "leaving"] + keys).status == 0)
        server.signal(SIGHUP)
        #expect(server.line(saying: "loaded again: 1 keys") != nil)
        #expect(try status(secrets[0]) == 401)
        #expect(try status(secrets[1]) == 500)

        // Each time anew.
        #expect(try CommandLineRun(["keys", "create", "--name", "new"] + keys).status == 0)
        #expect(try CommandLineRun(["keys", "revoke", "staying"] + keys).status == 0)
        server.signal(SIGHUP)
        #expect(
            try BackgroundServer.eventually(
                401, [address + "/v1/indexes/fruit", "-H", "Authorization: Bearer \(secrets[1])"]))
        server.signal(SIGTERM)
        #expect(server.status() == 0)
    }

    @Test func aFaultyConfigurationAtHangUpChangesNothing() throws {
        let work = try Workspace(["passerine.yaml": "server:\n  log_level: info\n"])
        let server = try BackgroundServer(["--config", work["passerine.yaml"], "--indexes", work.path])
        let address = try server.address()
        #expect(try BackgroundServer.eventually(200, [address + "/readyz"]))
        for (yaml, words) in [
            ("? [server]\n: 1\n", "a list is no name"), ("models:\n  cross_encoder: gone\n", "gone: there is no"),
            ("server:\n  port: 1:2:3:4:5:6:7:8:9:10:11:12:13\n", "programs read differently"),
        ] {
            try yaml.write(toFile: work["passerine.yaml"], atomically: true, encoding: .utf8)
            server.signal(SIGHUP)
            #expect(server.line(saying: words) != nil)
            #expect(try BackgroundServer.ask([address + "/readyz"]) == 200)
        }
        server.signal(SIGTERM)
        #expect(server.status() == 0)
    }

    @Test func withoutTheFolderOfAllIndexesItIsNotReady() throws {
        let work = try place()
        let server = try BackgroundServer(["--indexes", work["indexes"]])
        let address = try server.address()
        #expect(try BackgroundServer.eventually(200, [address + "/readyz"]))
        try FileManager.default.moveItem(atPath: work["indexes"], toPath: work["away"])
        #expect(try BackgroundServer.eventually(503, [address + "/readyz"]))
        #expect(try BackgroundServer.ask([address + "/v1/indexes"]) == 507)
        try FileManager.default.moveItem(atPath: work["away"], toPath: work["indexes"])
        #expect(try BackgroundServer.eventually(200, [address + "/readyz"]))
        server.signal(SIGTERM)
        #expect(server.status() == 0)
    }

    @Test func aLackOfDescriptorsIsNoDamage() throws {
        let work = try place()
        var answered = 0
        for limit in stride(from: 8, through: 40, by: 2) {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = [
                "-c", "ulimit -n \(limit); exec \"$0\" \"$@\" 2>&1", CommandLineRun.binary, "search", "--indexes",
                work["indexes"], "--index", "fruit", "apple",
            ]
            let output = Pipe()
            process.standardOutput = output
            process.standardError = output
            try process.run()
            let words = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            answered += process.terminationStatus == 0 ? 1 : 0
            for untrue in ["damaged", "missing", "no index", "verify", "backup"] {
                #expect(!words.contains(untrue), "\(limit) descriptors: \(words)")
            }
        }
        #expect(answered > 0)
    }

    @Test func aCrossEncoderThatCannotBeUsedEndsTheStart() throws {
        let work = try Workspace()
        let run = try CommandLineRun(["serve", "--port", "0", "--indexes", work.path, "--cross-encoder", work["gone"]])
        #expect(run.status == 1 && run.errors.contains("gone: there is no such folder"), "\(run.errors)")
    }

    /// An upload that does not end.
    private func endlessUpload(_ address: String) throws -> (process: Process, input: Pipe) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["curl", "-s", "-N", "-X", "POST", "-T", "-", address + "/v1/indexes/fruit/passages"]
        let input = Pipe()
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        return (process, input)
    }

    private func isRunning(_ address: String) throws -> Bool {
        for _ in 0..<600 {
            let metrics = try CommandLineRun.output(["curl", "-s", address + "/metrics"])
            if metrics.contains("\npasserine_queue_running 1\n") { return true }
            usleep(100_000)
        }
        return false
    }

    @Test(arguments: [false, true]) func whatDoesNotEndIsCutOff(withSecondSignal: Bool) throws {
        let work = try place()
        let limit = withSecondSignal ? "3600" : "1"
        let server = try BackgroundServer(
            ["--indexes", work["indexes"]], environment: ["PASSERINE_SERVER_STOP_SECONDS": limit])
        let address = try server.address()
        #expect(try BackgroundServer.eventually(200, [address + "/readyz"]))
        let upload = try endlessUpload(address)
        defer { upload.process.terminate() }
        #expect(try isRunning(address))
        server.signal(SIGTERM)
        #expect(server.line(saying: "stopping") != nil)
        if withSecondSignal { server.signal(SIGTERM) }
        #expect(server.status() == (withSecondSignal ? 128 + SIGTERM : 1))
    }
}
