import ArgumentParser
import PassageIndex

/// `passerine restore`: puts a backup into its place, once it has been copied and verified.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make an index of a backup, which is copied and verified first.",
        discussion: "A server that has the index open goes on with the restored one.")

    @OptionGroup var shared: SharedOptions
    @Option(help: "Name of the index to make.") var index: String
    @Option(help: ArgumentHelp("Folder that `passerine backup` made.", valueName: "dir")) var from: String
    @Flag(help: "Put it in the place of the index of that name.") var replace = false
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let folder = try IndexFolder(name: index, in: shared.configuration().indexes)
        let report = try IndexBackup.restore(from: from, as: folder, replaces: replace)
        if json { return try JSONOutput.write(report) }
        print("\(index): \(report.passages) passages, \(report.segments) segments restored from \(from)")
    }
}
