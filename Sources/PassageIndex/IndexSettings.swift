import Foundation
import GRDB
import LinearAlgebra
import Ranking

/// What is fixed when an index is created.
///
/// The catalogue holds what counts, so that a change of models is part of a transaction; `index.json` is a copy of it
/// for people and for builds of other formats, and is written again when it differs.
public struct IndexSettings: Codable, Sendable, Equatable {
    /// Version of everything on disk that this build reads and writes.
    public static let currentFormat = 4

    /// A model as the index remembers it.
    public struct Model: Codable, Sendable, Equatable {
        /// Folder it was loaded from, where it is looked for when no other is named.
        public var folder: String
        /// SHA-256 over weights, vocabulary and settings: the model's identity.
        public var fingerprint: String
        /// How its products are computed, floats where an index does not say.
        public var precision: Precision?

        public init(_ model: RankingModel) {
            folder = model.folder
            fingerprint = model.fingerprint
            precision = model.encoder.precision
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
    /// Fields of the metadata that the catalogue has indexes for; filters find passages by others too, slower.
    public var fields: [String]
    public var colbert: Model?
    public var tildev2: Model?

    /// Settings for a new index; without models it is a lexical one.
    public init(
        models: ModelSet, analysis: Analysis = .english, codec: TokenCodec = .int8, dimension: Int? = nil,
        splitsPassages: Bool = true, fields: [String] = []
    ) {
        format = Self.currentFormat
        created = ISO8601DateFormatter().string(from: Date())
        self.analysis = analysis
        self.codec = codec
        self.dimension = dimension ?? models.colbert?.colbert?.dimension ?? 0
        self.splitsPassages = splitsPassages
        self.fields = fields
        colbert = models.colbert.map(Model.init)
        tildev2 = models.tilde.map(Model.init)
    }

    /// Reads an index's settings. Throws `IndexError` where there is none or this build cannot read it.
    public static func read(_ folder: IndexFolder) throws -> IndexSettings {
        let copy = Result { try readCopy(folder) }
        if case .failure(let error as IndexError) = copy, error.kind != .damaged { throw error }
        var settings: IndexSettings
        do {
            let pool = try Catalogue.open(folder, readonly: true, readers: 1)
            settings = try pool.read { try stored(in: $0) } ?? copy.get()
        } catch {
            // A catalogue that cannot be opened is reported by whoever needs more of it than the settings.
            settings = try copy.get()
            // `index.json` comes first in an upgrade, so that older builds refuse; the catalogue tells what is so.
            if CheckedPages.areMissing(in: folder.catalogue) { settings.format = min(settings.format, 2) }
        }
        guard settings.format == currentFormat else {
            throw IndexError(
                .mismatch, folder.path,
                "the index has format \(settings.format) and this build reads format \(currentFormat); "
                    + (settings.format > currentFormat
                        ? "use a newer passerine" : "run `passerine upgrade --index \(folder.name)`"))
        }
        return settings
    }

    /// Reads `index.json`, of whatever format.
    static func readCopy(_ folder: IndexFolder) throws -> IndexSettings {
        guard let content = FileManager.default.contents(atPath: folder.settings) else {
            throw IndexError(
                .missing, folder.path,
                "there is no index here; make one with `passerine index --index \(folder.name) FILE`")
        }
        struct Version: Decodable { let format: Int }
        guard let version = try? JSONDecoder().decode(Version.self, from: content) else {
            throw IndexError(
                .damaged, folder.settings, "is not the settings file of an index; restore it from a backup")
        }
        guard version.format <= currentFormat else {
            throw IndexError(
                .mismatch, folder.settings,
                "the index has format \(version.format) and this build reads format \(currentFormat); use a newer passerine"
            )
        }
        do {
            return try JSONDecoder().decode(IndexSettings.self, from: content)
        } catch {
            throw IndexError(.damaged, folder.settings, "cannot be read (\(error)); restore it from a backup")
        }
    }

    /// The settings in a catalogue, `nil` in one of format 1, which had none.
    static func stored(in database: Database, as name: String = "index") throws -> IndexSettings? {
        guard try database.tableExists("settings") else { return nil }
        guard
            let text = try String.fetchOne(
                database.cachedStatement(sql: "SELECT value FROM settings WHERE name = ?"), arguments: [name])
        else { return nil }
        return try JSONDecoder().decode(IndexSettings.self, from: Data(text.utf8))
    }

    /// Puts the settings into a catalogue, as part of a transaction.
    func store(in database: Database, as name: String = "index") throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO settings(name, value) VALUES(?, ?)",
            arguments: [name, String(decoding: try encoded(), as: UTF8.self)])
    }

    /// Writes `index.json` in one atomic step.
    func write(to folder: IndexFolder) throws {
        try DurableFile.replace(folder.settings, with: try encoded())
    }

    private func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }

    /// Whether passages are encoded at all.
    var hasTokenData: Bool { colbert != nil || tildev2 != nil }

    /// Refuses vectors that the codec cannot store, and fields that cannot be declared.
    func check(_ folder: IndexFolder) throws {
        try FilterField.check(fields, folder)
        if colbert != nil, !codec.accepts(dimension: dimension) {
            throw IndexError(
                .invalid, folder.path,
                "vectors of \(dimension) columns cannot be stored; use a multiple of 4 up to 1024")
        }
    }

    /// The encoder for an index with these settings, `nil` for a lexical one, which stays so whatever models are at hand.
    /// Throws `IndexError` where a model is not loaded, and `RankingError`.
    func encoder(_ models: ModelSet, folder: IndexFolder) throws -> PassageEncoder? {
        guard colbert == nil || models.colbert != nil, tildev2 == nil || models.tilde != nil else {
            throw IndexError(
                .mismatch, folder.path,
                "has token data of models that are not loaded: name \(colbert?.folder ?? tildev2?.folder ?? "them")")
        }
        let used = ModelSet(
            colbert: colbert == nil ? nil : models.colbert, tilde: tildev2 == nil ? nil : models.tilde,
            crossEncoder: nil)
        guard used.encodesPassages else { return nil }
        return try PassageEncoder(models: used, dimension: used.colbert == nil ? nil : dimension)
    }

    /// Refuses models that did not make this index's token data, in words.
    public func check(_ models: ModelSet, folder: IndexFolder) throws {
        func check(_ stage: String, _ recorded: Model?, _ given: RankingModel?) throws {
            guard let recorded, let given else { return }
            let precision = recorded.precision ?? .fp32
            guard precision == given.encoder.precision else {
                throw IndexError(
                    .mismatch, folder.path,
                    "was made with the \(stage) model in \(precision.rawValue), not in \(given.encoder.precision.rawValue); "
                        + "encode it again with: passerine reindex --index \(folder.name)")
            }
            guard recorded.fingerprint != given.fingerprint else { return }
            throw IndexError(
                .mismatch, folder.path,
                "was made with another \(stage) model (\(recorded.folder), fingerprint \(recorded.fingerprint.prefix(12))) "
                    + "than \(given.folder) (fingerprint \(given.fingerprint.prefix(12))); "
                    + "name the first, or encode the index again with: passerine reindex --index \(folder.name) --models \(given.folder)"
            )
        }
        try check("colbert", colbert, models.colbert)
        try check("tildev2", tildev2, models.tilde)
    }
}
