import ArgumentParser
import Foundation
import PassageIndex
import Ranking

/// `passerine inspect`: what an index was made with, holds and takes.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show an index's settings, counts and sizes.")

    @OptionGroup var shared: SharedOptions
    @Option(help: "Name of the index.") var index: String
    @Flag(help: "Print JSON.") var json = false

    private struct Inspection: Encodable {
        let name: String
        let settings: IndexSettings
        let statistics: IndexStatistics
    }

    func run() throws {
        let folder = try IndexFolder(name: index, in: shared.configuration().indexes)
        // Nothing is encoded, so no model is loaded.
        let reader = try IndexReader(folder, models: ModelSet.none, readers: 1)
        let (settings, statistics) = (reader.settings, try reader.statistics())
        if json { return try JSONOutput.write(Inspection(name: index, settings: settings, statistics: statistics)) }
        func line(_ name: String, _ value: String) {
            print(name.padding(toLength: 20, withPad: " ", startingAt: 0) + value)
        }
        line("index", "\(index) (format \(settings.format), made \(settings.created))")
        line("passages", "\(statistics.passages), \(String(format: "%.1f", statistics.averageLength)) terms on average")
        line("windows", "\(statistics.windows) in \(statistics.segments) segments")
        line("analysis", settings.analysis.rawValue)
        line("filter fields", settings.fields.isEmpty ? "none" : settings.fields.joined(separator: ", "))
        line("long passages", settings.splitsPassages ? "split into overlapping windows" : "cut")
        if settings.colbert != nil { line("vectors", "\(settings.dimension) columns as \(settings.codec.rawValue)") }
        for (stage, model) in [("colbert", settings.colbert), ("tildev2", settings.tildev2)] {
            line(stage, model.map { "\($0.folder) (\($0.fingerprint.prefix(12)))" } ?? "none")
        }
        for (part, bytes) in statistics.bytes.sorted(by: { $0.key < $1.key }) {
            line("\(part) bytes", "\(bytes)")
        }
        line("bytes a passage", String(format: "%.0f", statistics.bytesPerPassage))
    }
}
