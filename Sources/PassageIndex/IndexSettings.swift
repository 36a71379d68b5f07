import Foundation
import Ranking

/// What is fixed when an index is created, kept in its `index.json`.
public struct IndexSettings: Codable, Sendable, Equatable {
    /// Version of everything on disk that this build reads and writes.
    public static let currentFormat = 1

    /// A model as the index remembers it.
    public struct Model: Codable, Sendable, Equatable {
        /// Folder it was loaded from, where it is looked for when no other is named.
        public var folder: String
        /// SHA-256 over weights, vocabulary and settings: the model's identity.
        public var fingerprint: String

        public init(_ model: RankingModel) {
            folder = model.folder
            fingerprint = model.fingerprint
        }
    }

    public var format: Int
    /// When the index was made, ISO 8601.
    public var created: String
    public var analysis: Analysis
    /// How ColBERT's vectors are stored, and how many of their columns.
    public var codec: TokenCodec
    public var dimension: Int
    /// Whether long passages are split into windows, or cut.
    public var splitsPassages: Bool
    public var colbert: Model?
    public var tildev2: Model?

    /// Settings for a new index; without models it is a lexical one.
    public init(
        models: ModelSet, analysis: Analysis = .english, codec: TokenCodec = .int8, dimension: Int? = nil,
        splitsPassages: Bool = true
    ) {
        format = Self.currentFormat
        created = ISO8601DateFormatter().string(from: Date())
        self.analysis = analysis
        self.codec = codec
        self.dimension = dimension ?? models.colbert?.colbert?.dimension ?? 0
        self.splitsPassages = splitsPassages
        colbert = models.colbert.map(Model.init)
        tildev2 = models.tilde.map(Model.init)
    }

    /// Reads an index's settings. Throws `IndexError` where there is none or this build cannot read it.
    public static func read(_ folder: IndexFolder) throws -> IndexSettings {
        guard let content = FileManager.default.contents(atPath: folder.settings) else {
            throw IndexError(
                .missing, folder.path, "there is no index here; make one with `passerine index --index \(folder.name) FILE`")
        }
        struct Version: Decodable { let format: Int }
        guard let version = try? JSONDecoder().decode(Version.self, from: content) else {
            throw IndexError(.damaged, folder.settings, "is not the settings file of an index; restore it from a backup")
        }
        guard version.format == currentFormat else {
            throw IndexError(
                .mismatch, folder.settings,
                "the index has format \(version.format) and this build reads format \(currentFormat); "
                    + (version.format > currentFormat ? "use a newer passerine" : "index the corpus again"))
        }
        do {
            return try JSONDecoder().decode(IndexSettings.self, from: content)
        } catch {
            throw IndexError(.damaged, folder.settings, "cannot be read (\(error)); restore it from a backup")
        }
    }

    /// Writes the settings in one atomic step.
    func write(to folder: IndexFolder) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try DurableFile.replace(folder.settings, with: try encoder.encode(self) + Data("\n".utf8))
    }

    /// Refuses models that did not make this index's token data, in words.
    public func check(_ models: ModelSet, folder: IndexFolder) throws {
        func check(_ stage: String, _ recorded: Model?, _ given: RankingModel?) throws {
            guard let recorded, let given, recorded.fingerprint != given.fingerprint else { return }
            throw IndexError(
                .mismatch, folder.path,
                "was made with another \(stage) model (\(recorded.folder), fingerprint \(recorded.fingerprint.prefix(12))) "
                    + "than \(given.folder) (fingerprint \(given.fingerprint.prefix(12))); "
                    + "name the first, or index the corpus again")
        }
        try check("colbert", colbert, models.colbert)
        try check("tildev2", tildev2, models.tilde)
    }
}
