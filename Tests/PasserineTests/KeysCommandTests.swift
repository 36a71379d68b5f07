import Corpus
import Foundation
import JSON
import Testing

@Suite struct KeysCommandTests {
    @Test func keysAreMadeListedAndRevoked() throws {
        let work = try Workspace()
        let place = ["--keys", work["new/keys.json"]]
        let made = try CommandLineRun(
            ["keys", "create", "--role", "write", "--index", "notes", "--index", "mail", "--rate", "2.5"] + place)
        #expect(made.status == 0 && made.output.hasPrefix("psr_") && made.output.split(separator: "\n").count == 1)
        let secret = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
        // Once, and only where it can be piped.
        #expect(!made.errors.contains(secret))
        #expect(try !String(contentsOfFile: work["new/keys.json"], encoding: .utf8).contains(secret))
        let another = try CommandLineRun(["keys", "create", "--role", "write"] + place)
        #expect(another.status == 0)
        let listed = try CommandLineRun(["keys", "list", "--json"] + place)
        let keys = try listed.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(keys.map { $0["name"] } == ["write-1", "write-2"])
        #expect(keys.first?["indexes"] == ["notes", "mail"] && keys.first?["rate"]?.numberValue == 2.5)
        #expect(keys.first?["burst"] == 3 && keys.last?["indexes"] == .null && !listed.output.contains("sha256"))
        #expect(try CommandLineRun(["keys", "revoke", "write-1"] + place).status == 0)
        #expect(try CommandLineRun(["keys", "list"] + place).output.hasPrefix("write-2\twrite\tall indexes"))
        let unknown = try CommandLineRun(["keys", "revoke", "write-1"] + place)
        #expect(unknown.status == 1 && unknown.errors.contains("write-2"))
    }

    @Test(
        arguments: [
            (["--role", "root"], 2), (["--burst", "3"], 2), (["--rate", "0"], 2), (["--index", "../x"], 1),
            (["--name", "a b"], 1), (["--rate", "5", "--burst", "0"], 1),
        ] as [([String], Int32)])
    func wrongKeysAreRefused(arguments: [String], status: Int32) throws {
        let work = try Workspace()
        let run = try CommandLineRun(["keys", "create", "--keys", work["keys.json"]] + arguments)
        #expect(run.status == status && run.output.isEmpty && !run.errors.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: work["keys.json"]))
    }
}
