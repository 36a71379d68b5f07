import ArgumentParser
import PassageIndex

/// `passerine backup`: a consistent copy of an index that may be in use.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy an index, also while it is searched and written, and verify the copy.")

    @OptionGroup var shared: SharedOptions
    @Option(help: "Name of the index.") var index: String
    @Option(help: ArgumentHelp("Folder to make for the copy.", valueName: "dir")) var to: String
    @Flag(help: "Link segments instead of copying them, which takes no space but is no help when the disk fails.")
    var link = false
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let folder = try IndexFolder(name: index, in: shared.configuration().indexes)
        let report = try IndexBackup.make(of: folder, at: to, links: link)
        if json { return try JSONOutput.write(report) }
        print("\(index): \(report.passages) passages, \(report.segments) segments copied to \(to): sound")
    }
}
