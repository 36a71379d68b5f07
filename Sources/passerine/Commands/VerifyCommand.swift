import ArgumentParser
import Foundation
import PassageIndex

/// `passerine verify`: exit status 0 where an index is sound, 1 where it is not.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check an index: every checksum, and that all parts agree.")

    @OptionGroup var shared: SharedOptions
    @Option(help: "Name of the index.") var index: String
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let report = try IndexVerifier(IndexFolder(name: index, in: shared.configuration().indexes)).run()
        if json {
            try JSONOutput.write(report)
        } else {
            for problem in report.problems { print(problem) }
            let verdict = report.isSound ? "sound" : "NOT sound: \(report.problems.count) problems"
            print("\(index): \(report.passages) passages, \(report.segments) segments: \(verdict)")
        }
        if !report.isSound { throw ExitCode(1) }
    }
}
