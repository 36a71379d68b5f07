import ArgumentParser
import Foundation
import LinearAlgebra
import PassageIndex
import Ranking
import Search

/// Options that every command takes.
struct SharedOptions: ParsableArguments {
    @Option(help: "Folder of all indexes.") var indexes: String?
    @Option(help: "Configuration file (default: config/passerine.yaml where there is one).") var config: String?

    /// File and environment, with these flags on top.
    func configuration() throws -> Configuration {
        var configuration = try Configuration(file: config)
        if let indexes { configuration.indexes = indexes }
        return configuration
    }
}

/// Which models to load.
struct ModelOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Model folder for every stage that it can serve.", valueName: "dir")) var models: String?
    @Option(help: ArgumentHelp("Model folder for ColBERT.", valueName: "dir")) var colbert: String?
    @Option(help: ArgumentHelp("Model folder for TILDEv2.", valueName: "dir")) var tildev2: String?
    @Option(help: ArgumentHelp("Model folder for the cross-encoder.", valueName: "dir")) var crossEncoder: String?

    /// The folders that flags or configuration name.
    func folders(_ configuration: Configuration) -> Configuration.ModelFolders {
        var folders = configuration.models
        if let models { (folders.colbert, folders.tildev2) = (models, models) }
        folders.colbert = colbert ?? folders.colbert
        folders.tildev2 = tildev2 ?? folders.tildev2
        folders.crossEncoder = crossEncoder ?? folders.crossEncoder
        return folders
    }
}

/// Where the models of an installation lie.
enum ModelLocation {
    static let standard = "models/passerine-small/encoder"

    /// A folder as named, else below the installation that the binary belongs to.
    static func find(_ folder: String) -> String {
        if folder.hasPrefix("/") || FileManager.default.fileExists(atPath: folder) { return folder }
        var base = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        if let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            base = URL(fileURLWithPath: path)
        }
        // .build/x86_64-unknown-linux-gnu/release/passerine and /usr/local/bin/passerine are both covered.
        for _ in 0..<4 {
            base.deleteLastPathComponent()
            for place in [base.path + "/" + folder, base.path + "/share/passerine/" + folder]
            where FileManager.default.fileExists(atPath: place) {
                return place
            }
        }
        return folder
    }

    /// Loads the models for an existing index: those named, else those it was made with.
    static func models(
        for settings: IndexSettings, _ folders: Configuration.ModelFolders, loader: ModelLoader = ModelLoader()
    ) throws -> ModelSet {
        try ModelSet(
            colbertFolder: settings.colbert.map { find(folders.colbert ?? $0.folder) },
            tildeFolder: settings.tildev2.map { find(folders.tildev2 ?? $0.folder) },
            crossEncoderFolder: folders.crossEncoder.map(find),
            precision: (settings.colbert ?? settings.tildev2)?.precision ?? .fp32,
            crossEncoderPrecision: folders.precision ?? .automatic, loader: loader)
    }

    /// Loads the models for a new index or for none: those named, else the standard one.
    static func models(
        _ folders: Configuration.ModelFolders, crossEncoder: Bool = true, loader: ModelLoader = ModelLoader()
    ) throws -> ModelSet {
        try ModelSet(
            colbertFolder: find(folders.colbert ?? standard), tildeFolder: find(folders.tildev2 ?? standard),
            crossEncoderFolder: crossEncoder ? folders.crossEncoder.map(find) : nil,
            precision: folders.precision ?? .automatic, crossEncoderPrecision: folders.precision ?? .automatic,
            loader: loader)
    }
}

/// Opens an index for searching with the models that belong to it.
struct OpenedIndex {
    let engine: SearchEngine

    init(
        name: String, configuration: Configuration, models: ModelOptions, loader: ModelLoader = ModelLoader(),
        queries: QueryEncoder = QueryEncoder(), maintainsPostings: Bool = false
    ) throws {
        let folder = try IndexFolder(name: name, in: configuration.indexes)
        let settings = try IndexSettings.read(folder)
        let models = try ModelLocation.models(for: settings, models.folders(configuration), loader: loader)
        let reader = try IndexReader(
            folder, models: models, readers: configuration.server.workers, maintainsPostings: maintainsPostings)
        engine = try SearchEngine(reader: reader, models: models, pipeline: configuration.pipeline, queries: queries)
    }
}
