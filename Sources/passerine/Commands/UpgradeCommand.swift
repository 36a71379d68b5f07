import ArgumentParser
import PassageIndex

/// `passerine upgrade`: brings an index that an older build has written to the present format.
struct UpgradeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade", abstract: "Bring an older index to the present format, in one step.",
        discussion: "Every command that writes does so too. Older builds cannot read the index afterwards.")

    @OptionGroup var shared: SharedOptions
    @Option(help: "Name of the index.") var index: String

    func run() throws {
        let format = try FormatUpgrade.run(IndexFolder(name: index, in: shared.configuration().indexes))
        print(
            format == IndexSettings.currentFormat
                ? "\(index) has format \(format) already"
                : "\(index) upgraded from format \(format) to \(IndexSettings.currentFormat)")
    }
}
